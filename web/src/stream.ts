// The live stream: one socket, opened again with growing pauses, each time from a whole picture.
import type { StreamMessage } from './contract';

const PAUSE_FIRST_MS = 500;
const PAUSE_MAX_MS = 8_000;
/** The station speaks at least once a second; this long a silence means that the line is dead. */
const SILENCE_MAX_MS = 5_000;

export interface Listener {
  heard(message: StreamMessage): void;
  opened(): void;
  lost(): void;
}

/** How long to wait before the n-th try (n from 0): doubling, bounded. */
export function pauseBefore(attempt: number): number {
  return Math.min(PAUSE_FIRST_MS * 2 ** attempt, PAUSE_MAX_MS);
}

/** Address of the stream, beside the page whatever the page's own address is. */
export function streamAddress(page: string): string {
  const address = new URL('api/stream', page);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  address.search = address.hash = '';
  return address.href;
}

/** A message, or null for what is not one: the next whole picture puts that right. */
function read(text: unknown): StreamMessage | null {
  try {
    return JSON.parse(String(text)) as StreamMessage;
  } catch {
    return null;
  }
}

/** Listens until the returned function is called. */
export function listen(address: string, listener: Listener): () => void {
  let socket: WebSocket | undefined;
  let attempt = 0;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let silence: ReturnType<typeof setTimeout> | undefined;
  let closed = false;

  const expectNews = () => {
    clearTimeout(silence);
    silence = setTimeout(() => drop(), SILENCE_MAX_MS);
  };
  const drop = () => {
    clearTimeout(silence);
    if (!socket || closed) return;
    socket.onclose = socket.onmessage = socket.onerror = null;
    socket.close();
    socket = undefined;
    listener.lost();
    retry = setTimeout(open, pauseBefore(attempt++));
  };
  const open = () => {
    socket = new WebSocket(address);
    expectNews();
    socket.onmessage = (event) => {
      expectNews();
      const message = read(event.data);
      if (!message) return drop();
      if (message.type === 'picture') {
        attempt = 0;
        listener.opened();
      }
      listener.heard(message);
    };
    socket.onclose = drop;
    socket.onerror = drop;
  };
  open();
  return () => {
    closed = true;
    clearTimeout(retry);
    clearTimeout(silence);
    socket?.close();
  };
}
