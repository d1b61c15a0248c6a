// What the browser tests share: Chromium, a tally, and eyes for blank pictures.
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { inflateSync } from 'node:zlib';
import axe from 'axe-core';
import { chromium } from 'playwright-core';

const SHOTS = fileURLToPath(new URL('shots/', import.meta.url));

export async function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--use-gl=angle',
      '--use-angle=swiftshader',
      '--enable-unsafe-swiftshader',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  });
}

/** Opens a page that remembers every complaint and every request that left its station. */
export async function open(browser, address, size = { width: 1366, height: 768 }) {
  const page = await browser.newPage({ viewport: size });
  const complaints = [];
  const strangers = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') {
      complaints.push(`${message.type()}: ${message.text()}`);
    }
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  const home = new URL(address).host;
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol !== 'blob:' && url.host !== home) strangers.push(request.url());
  });
  // Software rendering on a busy machine paints a few frames a second.
  page.setDefaultTimeout(90_000);
  await page.goto(address);
  await page.waitForSelector('.page[data-heard=true]', { timeout: 90_000 });
  await page.waitForSelector('.map[data-ready=true]', { timeout: 90_000 });
  return { page, complaints, strangers };
}

export class Tally {
  passed = 0;
  failed = 0;

  async check(name, act) {
    try {
      await act();
      this.passed += 1;
      console.log(`ok   ${name}`);
    } catch (error) {
      this.failed += 1;
      console.log(
        `FAIL ${name}\n     ${String(error.message ?? error)
          .split('\n')
          .slice(0, 6)
          .join('\n     ')}`,
      );
    }
  }

  end() {
    console.log(`${this.passed} passed, ${this.failed} failed`);
    process.exitCode = this.failed ? 1 : 0;
  }
}

export function must(truth, otherwise) {
  if (!truth) throw new Error(otherwise);
}

/** Saves a screenshot for a person to look at. */
export async function keep(page, name) {
  mkdirSync(SHOTS, { recursive: true });
  return page.screenshot({ path: `${SHOTS}${name}.png` });
}

/** Saves a screenshot and fails when the whole of it, its map or its strip is blank. */
export async function shoot(page, name) {
  const image = decoded(await keep(page, name));
  for (const part of ['.map', '.strip', 'aside']) {
    const box = await page.locator(part).first().boundingBox();
    const { colours, largest } = palette(image, box);
    must(colours >= 12, `${name}: ${part} has only ${colours} colours`);
    must(largest < 0.985, `${name}: ${Math.round(largest * 100)} % of ${part} is one colour`);
  }
}

/** How many colours (of 4096) a part of an image has and the share of the most frequent one. */
function palette({ pixels, channels, width }, box) {
  const counts = new Map();
  const [left, top] = [Math.ceil(box.x), Math.ceil(box.y)];
  const [right, bottom] = [Math.floor(box.x + box.width), Math.floor(box.y + box.height)];
  const total = (right - left) * (bottom - top);
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const i = (y * width + x) * channels;
      const key = ((pixels[i] >> 4) << 8) | ((pixels[i + 1] >> 4) << 4) | (pixels[i + 2] >> 4);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  return { colours: counts.size, largest: Math.max(...counts.values()) / total };
}

/** Undoes the PNG of a screenshot: 8 bits, three or four channels, not interlaced. */
function decoded(bytes) {
  const width = bytes.readUInt32BE(16);
  const channels = bytes[25] === 6 ? 4 : 3;
  const parts = [];
  for (let at = 8; at < bytes.length;) {
    const length = bytes.readUInt32BE(at);
    if (bytes.toString('latin1', at + 4, at + 8) === 'IDAT') {
      parts.push(bytes.subarray(at + 8, at + 8 + length));
    }
    at += length + 12;
  }
  const raw = inflateSync(Buffer.concat(parts));
  const stride = width * channels;
  const pixels = Buffer.alloc((raw.length / (stride + 1)) * stride);
  for (let row = 0; row * stride < pixels.length; row++) {
    const filter = raw[row * (stride + 1)];
    for (let i = 0; i < stride; i++) {
      const at = row * stride + i;
      const left = i >= channels ? pixels[at - channels] : 0;
      const up = row ? pixels[at - stride] : 0;
      const corner = row && i >= channels ? pixels[at - stride - channels] : 0;
      pixels[at] = raw[row * (stride + 1) + 1 + i] + predicted(filter, left, up, corner);
    }
  }
  return { pixels, channels, width };
}

function predicted(filter, left, up, corner) {
  if (filter === 1) return left;
  if (filter === 2) return up;
  if (filter === 3) return (left + up) >> 1;
  if (filter !== 4) return 0;
  const guess = left + up - corner;
  const [a, b, c] = [left, up, corner].map((near) => Math.abs(guess - near));
  return a <= b && a <= c ? left : b <= c ? up : corner;
}

/** Fails on any finding of axe-core that is serious or worse. */
export async function accessible(page, where) {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() =>
    window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] }),
  );
  const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  const told = grave.map(
    ({ id, nodes }) =>
      `${id}: ${nodes
        .slice(0, 3)
        .map((n) => n.html.slice(0, 120))
        .join(' | ')}`,
  );
  must(!grave.length, `${where}: ${told.join('\n')}`);
}

/** Kilometres of line in a state, as the page says. */
export async function lengthOf(page, state) {
  return Number(await page.getAttribute(`[data-state=${state}][data-km]`, 'data-km'));
}

/** Fails when a string of the page has no translation. */
export async function translated(page) {
  const text = await page.evaluate(() => {
    const named = [...document.querySelectorAll('[aria-label], [placeholder], [title]')];
    const labels = named.flatMap((e) => [e.ariaLabel, e.getAttribute('placeholder'), e.title]);
    return `${document.body.innerText}\n${labels.filter(Boolean).join('\n')}`;
  });
  must(!text.includes('⟦'), `untranslated: ${/⟦.*?⟧/.exec(text)?.[0]}`);
  return text;
}
