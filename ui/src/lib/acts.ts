/** Acts of a person that no key and no pointer tells of: whoever holds a stove before the camera has not left. */
const NAME = 'gerai-act';

export const tellAct = (): void => void window.dispatchEvent(new Event(NAME));

/** Calls back for each; the returned function ends it. */
export function onAct(heard: () => void): () => void {
  window.addEventListener(NAME, heard);
  return () => window.removeEventListener(NAME, heard);
}
