// The real station's demonstration, driven by keyboard: `WATCHLINE_BIN=... node tests/demo.e2e.mjs`.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { accessible, launch, lengthOf, must, open, shoot, Tally, translated } from './browser.mjs';

const BIN = process.env.WATCHLINE_BIN;
const SPEED = process.env.WATCHLINE_SPEED ?? '20';
/** The page's own deadline for what the scenario brings: minutes of night at that speed. */
const PATIENCE_MS = Number(process.env.WATCHLINE_PATIENCE_MS ?? 240_000);
if (!BIN) {
  console.error('WATCHLINE_BIN must name the watchline binary');
  process.exit(2);
}

const station = spawn(
  BIN,
  ['demo', '--listen', '127.0.0.1:0', '--no-browser', '--speed', SPEED, ...process.argv.slice(2)],
  { stdio: ['ignore', 'pipe', 'inherit'] },
);
process.on('exit', () => station.kill('SIGTERM'));

/** The page's address: the first line the station prints. */
async function addressOf({ stdout }) {
  for await (const line of createInterface({ input: stdout })) {
    const found = /https?:\/\/\S+/.exec(line);
    if (found) return found[0];
  }
  throw new Error('the station ended without saying where its page is');
}

const address = await addressOf(station);
station.stdout.resume();
const tally = new Tally();
const browser = await launch();
const started = Date.now();
const { page, complaints, strangers } = await open(browser, new URL('?lang=en', address).href);
console.log(`first view after ${Date.now() - started} ms`);
let blindBefore = 0;

await tally.check('the line, its towers and a map are there at once', async () => {
  await page.click('#tab-sensors');
  must((await page.locator('[role=option]').count()) > 3, 'fewer than four sensors');
  await page.click('#tab-alerts');
  await page.waitForTimeout(2_000);
  await shoot(page, 'demo-1-start');
});

await tally.check('a crossing raises an alert', async () => {
  await page.waitForSelector(
    '[data-kind=crossing-predicted].raised, [data-kind=crossed].raised, [data-kind=possible-distress].raised',
    { timeout: PATIENCE_MS },
  );
  blindBefore = await lengthOf(page, 'blind');
  await shoot(page, 'demo-2-alert');
});

/** Goes down the list of alerts by arrows until one about somebody is selected. */
async function selectPerson() {
  const about =
    '[aria-selected=true] [data-kind=crossing-predicted], [aria-selected=true] [data-kind=crossed], [aria-selected=true] [data-kind=possible-distress]';
  for (let i = 0; i < 40; i++) {
    await page.keyboard.press(i ? 'ArrowDown' : 'ArrowUp');
    if (await page.locator(about).count()) return;
  }
  throw new Error('no alert about somebody in the list');
}

await tally.check('it is acknowledged by keyboard', async () => {
  await selectPerson();
  await page.keyboard.press('a');
  await page.waitForSelector('.card [data-stage=acknowledged]', { timeout: 15_000 });
});

await tally.check('a unit is sent by keyboard, with a reason', async () => {
  await page.keyboard.press('d');
  await page.waitForSelector('form .unit', { timeout: 30_000 });
  await page.keyboard.press('1');
  await shoot(page, 'demo-3-dispatch');
  for (let i = 0; i < 12; i++) {
    if (await page.evaluate(() => document.activeElement?.id === 'reason')) break;
    await page.keyboard.press('Tab');
  }
  await page.keyboard.type('first to arrive, family possible');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.card [data-task]', { timeout: 15_000 });
  await page.waitForSelector('.card [data-stage=assigned]', { timeout: 15_000 });
});

await tally.check('the task and its unit are shown', async () => {
  await page.keyboard.press('4');
  await page.waitForSelector('[role=option] .busy', { timeout: 15_000 });
  await shoot(page, 'demo-4-task');
  await page.keyboard.press('1');
});

await tally.check('the strip turns blind when the dust comes', async () => {
  await page.waitForSelector('.weather.dust', { timeout: PATIENCE_MS });
  await page.waitForFunction(
    (km) => Number(document.querySelector('[data-state=blind][data-km]').dataset.km) > km + 1,
    blindBefore,
    { timeout: PATIENCE_MS },
  );
  await page.waitForTimeout(1_500);
  await shoot(page, 'demo-5-dust');
});

await tally.check('the station proposes who to move in the dust, and sends nobody', async () => {
  const asked = Date.now();
  await page.keyboard.press('w');
  await page.waitForSelector('.moves ol li', { timeout: 60_000 });
  console.log(`moves after ${Date.now() - asked} ms`);
  await page.waitForTimeout(500);
  await shoot(page, 'demo-7-moves');
  await accessible(page, 'moves');
});

await tally.check('a stretch says how it would be crossed', async () => {
  await page.locator('.moves .leave').click();
  await page.click('#tab-stretches');
  await page.locator('[role=option]').nth(20).click();
  await page.waitForSelector('.card [data-crossing] svg .leg', { timeout: 60_000 });
  await page.locator('.layers button').nth(1).click();
  await page.waitForTimeout(4_000);
  await shoot(page, 'demo-8-crossing');
  await page.locator('.layers button').nth(1).click();
  await page.click('#tab-alerts');
});

await tally.check('the English page has no serious fault of accessibility', () =>
  accessible(page, 'English'),
);

await tally.check(
  'the page turns to Arabic, from right to left, with nothing untranslated',
  async () => {
    await page.click('button[lang=ar]');
    await page.waitForSelector('html[dir=rtl][lang=ar]');
    await page.waitForTimeout(800);
    const text = await translated(page);
    must(/[\u0600-\u06ff]{4}/.test(text), 'no Arabic on the page');
    await shoot(page, 'demo-6-arabic');
    await accessible(page, 'Arabic');
    await page.keyboard.press('w');
    await page.waitForSelector('.moves ol li', { timeout: 60_000 });
    await translated(page);
    await shoot(page, 'demo-9-moves-arabic');
    await page.locator('.moves .leave').click();
  },
);

await tally.check('nothing was complained of and no request left the station', async () => {
  must(!complaints.length, complaints.slice(0, 5).join('\n'));
  must(!strangers.length, strangers.slice(0, 5).join('\n'));
});

await browser.close();
tally.end();
process.exit();
