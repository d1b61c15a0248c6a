// A camera's live view: fragmented MP4 from the station into a video element, never far behind.

/** Farther behind the newest picture than this, and the view jumps to it. */
const BEHIND_MAX_S = 2;
const BEHIND_S = 0.3;
/** Pictures that are older are let go. */
const KEPT_S = 15;
const AGAIN_MS = 2_000;

export type LiveState = 'opening' | 'showing' | 'away' | 'unsupported';

/** Shows a live view until the returned function is called; `tell` hears how it goes. */
export function play(
  video: HTMLVideoElement,
  url: string,
  tell: (state: LiveState) => void,
): () => void {
  const ended = new AbortController();
  const again = async (): Promise<void> => {
    while (!ended.signal.aborted) {
      tell('opening');
      const supported = await once(video, url, ended.signal, tell).catch(() => true);
      if (ended.signal.aborted) return;
      if (!supported) return tell('unsupported');
      tell('away');
      await new Promise((resume) => setTimeout(resume, AGAIN_MS));
    }
  };
  void again();
  return () => ended.abort();
}

/** Shows one answer of the station to its end; false where this browser cannot. */
async function once(
  video: HTMLVideoElement,
  url: string,
  ended: AbortSignal,
  tell: (state: LiveState) => void,
): Promise<boolean> {
  const response = await fetch(url, { signal: ended, cache: 'no-store' });
  const type = response.headers.get('content-type') ?? '';
  if (!response.ok || !response.body) return true;
  if (!('MediaSource' in window) || !MediaSource.isTypeSupported(type)) {
    await response.body.cancel();
    return false;
  }
  const source = new MediaSource();
  const address = URL.createObjectURL(source);
  video.src = address;
  try {
    await heard(source, 'sourceopen');
    const buffer = source.addSourceBuffer(type);
    const reader = response.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return true;
      await settled(buffer, () => buffer.appendBuffer(value));
      await keepUp(video, buffer);
      if (video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) tell('showing');
    }
  } finally {
    URL.revokeObjectURL(address);
  }
}

/** Where to jump to, if what is shown lies too far behind or before what is there. */
export function jump(shown_s: number, from_s: number, to_s: number): number | null {
  if (to_s - shown_s <= BEHIND_MAX_S && shown_s >= from_s) return null;
  return Math.max(from_s, to_s - BEHIND_S);
}

async function keepUp(video: HTMLVideoElement, buffer: SourceBuffer): Promise<void> {
  const { buffered } = buffer;
  if (buffered.length === 0) return;
  const last = buffered.length - 1;
  const to = jump(video.currentTime, buffered.start(last), buffered.end(last));
  if (to !== null) video.currentTime = to;
  // A view that was hidden is paused by the browser.
  if (video.paused) await video.play().catch(() => {});
  const old = video.currentTime - KEPT_S;
  if (buffered.start(0) < old) await settled(buffer, () => buffer.remove(0, old));
}

function settled(buffer: SourceBuffer, act: () => void): Promise<void> {
  const done = heard(buffer, 'updateend');
  act();
  return done;
}

function heard(target: EventTarget, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    target.addEventListener(name, () => resolve(), { once: true });
    target.addEventListener('error', () => reject(new Error(name)), { once: true });
  });
}
