/** The pages of one browser share one session: what one page does to it, the others hear. */
export type SessionNews = 'acted' | 'changed';

export class SessionChannel {
  readonly #channel = 'BroadcastChannel' in globalThis ? new BroadcastChannel('gerai.session') : null;

  tell(news: SessionNews): void {
    this.#channel?.postMessage(news);
  }

  /** Calls back for what other pages tell; the returned function ends it. */
  listen(heard: (news: SessionNews) => void): () => void {
    const take = (message: MessageEvent<SessionNews>) => heard(message.data);
    this.#channel?.addEventListener('message', take);
    return () => this.#channel?.removeEventListener('message', take);
  }
}

export const sessionChannel = new SessionChannel();
