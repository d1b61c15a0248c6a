import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { listen, pauseBefore, streamAddress } from './stream';

class FakeSocket {
  static made: FakeSocket[] = [];
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  onerror: (() => void) | null = null;
  closed = false;
  constructor(readonly address: string) {
    FakeSocket.made.push(this);
  }
  close() {
    this.closed = true;
  }
  say(message: object) {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
}

const last = () => FakeSocket.made.at(-1)!;

describe('the live stream', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    FakeSocket.made = [];
    vi.stubGlobal('WebSocket', FakeSocket);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it('lies beside the page, whatever the page shows', () => {
    expect(streamAddress('http://127.0.0.1:8080/?lang=ar#x')).toBe(
      'ws://127.0.0.1:8080/api/stream',
    );
    expect(streamAddress('https://post/picture/')).toBe('wss://post/picture/api/stream');
  });

  it('waits longer each time, but never for long', () => {
    expect([0, 1, 2, 9].map(pauseBefore)).toEqual([500, 1000, 2000, 8000]);
  });

  it('opens anew after a loss and starts from a whole picture', () => {
    const heard: string[] = [];
    const listener = {
      heard: (message: { type?: string }) => void heard.push(message.type ?? ''),
      opened: vi.fn(),
      lost: vi.fn(),
    };
    const stop = listen('ws://x', listener);
    last().say({ type: 'picture', seq: 1 });
    last().onclose?.();
    expect(listener.lost).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(pauseBefore(0));
    expect(FakeSocket.made).toHaveLength(2);
    last().say({ type: 'picture', seq: 2 });
    expect(heard).toEqual(['picture', 'picture']);
    expect(listener.opened).toHaveBeenCalledTimes(2);
    stop();
  });

  it('takes a silent socket for a dead one', () => {
    const lost = vi.fn();
    const stop = listen('ws://x', { heard: () => {}, opened: () => {}, lost });
    last().say({ type: 'picture', seq: 1 });
    vi.advanceTimersByTime(4_900);
    last().say({ type: 'changes', seq: 1 });
    vi.advanceTimersByTime(4_900);
    expect(lost).not.toHaveBeenCalled();
    vi.advanceTimersByTime(200);
    expect(lost).toHaveBeenCalledTimes(1);
    stop();
  });

  it('stays closed once told to', () => {
    const stop = listen('ws://x', { heard: () => {}, opened: () => {}, lost: () => {} });
    last().onclose?.();
    stop();
    vi.advanceTimersByTime(60_000);
    expect(FakeSocket.made).toHaveLength(1);
  });
});
