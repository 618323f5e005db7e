/**
 * The sounds, told apart without seeing the screen: paid rises in two notes, refused falls in two low ones, caution is
 * one note in the middle, and a code that was read is one short high note. All end within 600 ms.
 */
import type { Language } from '../bindings/Language';

export type Sound = 'success' | 'failure' | 'caution' | 'beep';

interface Note {
  hertz: number;
  fromMs: number;
  forMs: number;
}

const notes: Record<Sound, Note[]> = {
  success: [
    { hertz: 784, fromMs: 0, forMs: 160 },
    { hertz: 1175, fromMs: 150, forMs: 340 },
  ],
  failure: [
    { hertz: 247, fromMs: 0, forMs: 220 },
    { hertz: 175, fromMs: 240, forMs: 320 },
  ],
  caution: [{ hertz: 440, fromMs: 0, forMs: 380 }],
  beep: [{ hertz: 1_760, fromMs: 0, forMs: 140 }],
};

/** Loudest gain; a single sine at full scale would clip small speakers. */
const PEAK_GAIN = 0.6;

export class SoundBox {
  #audio: AudioContext | null = null;

  /** False while the browser waits for a first touch or key before it lets a page sound. */
  get ready(): boolean {
    return this.#context().state === 'running';
  }

  /** To be called from a touch or a key. */
  async wake(): Promise<void> {
    await this.#context().resume();
  }

  play(sound: Sound, loudness: number): void {
    if (loudness <= 0) return;
    const audio = this.#context();
    if (audio.state === 'suspended') void audio.resume().catch(() => undefined);
    for (const note of notes[sound]) this.#note(audio, note, loudness * PEAK_GAIN);
  }

  #context(): AudioContext {
    return (this.#audio ??= new AudioContext());
  }

  #note(audio: AudioContext, note: Note, peak: number): void {
    const from = audio.currentTime + note.fromMs / 1_000;
    const until = from + note.forMs / 1_000;
    const tone = audio.createOscillator();
    const gain = audio.createGain();
    // A triangle carries further than a sine in a noisy room and is softer than a square.
    tone.type = 'triangle';
    tone.frequency.value = note.hertz;
    gain.gain.setValueAtTime(0, from);
    gain.gain.linearRampToValueAtTime(peak, from + 0.012);
    gain.gain.exponentialRampToValueAtTime(0.001, until);
    tone.connect(gain).connect(audio.destination);
    tone.start(from);
    tone.stop(until);
  }
}

/** Says a sentence; a newer one interrupts the older. Silent where the system has no voices. */
export function speak(sentence: string, language: Language, loudness: number): void {
  if (loudness <= 0 || !('speechSynthesis' in window)) return;
  const speech = new SpeechSynthesisUtterance(sentence);
  speech.lang = language === 'id' ? 'id-ID' : 'en-GB';
  speech.volume = loudness;
  window.speechSynthesis.cancel();
  window.speechSynthesis.speak(speech);
}
