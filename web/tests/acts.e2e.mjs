// How sure an act is, as people read it: `WATCHLINE_BIN=... node tests/acts.e2e.mjs`. A real station and a real witness: an act
// is on this post, then witnessed; and when the witness is gone the page says that of what comes after.
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { accessible, keep, launch, must, open, Tally, translated } from './browser.mjs';

const BIN = process.env.WATCHLINE_BIN;
if (!BIN) {
  console.error('WATCHLINE_BIN must name the watchline binary');
  process.exit(2);
}
const DRILL = fileURLToPath(new URL('../../crates/station/tests/drill', import.meta.url));
const home = mkdtempSync(join(tmpdir(), 'watchline-acts-'));
const started = [];
process.on('exit', () => {
  for (const process of started) process.kill('SIGKILL');
  rmSync(home, { recursive: true, force: true });
});

/** Starts a command that says what it is once it runs. */
async function begin(command, file) {
  const child = spawn(BIN, ['--json', command, '--config', join(home, file)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  started.push(child);
  let told = '';
  for await (const piece of child.stdout) {
    told += piece;
    try {
      const hello = JSON.parse(told);
      child.stdout.resume();
      return { child, hello };
    } catch {
      // There is more to come.
    }
  }
  throw new Error(`${command} ended: ${told}`);
}

const ended = (child, signal) =>
  new Promise((resolve) => {
    child.once('exit', resolve);
    child.kill(signal);
  });

cpSync(DRILL, home, { recursive: true });
const settings = `sector = "sector.toml"
data = "data"
listen = "127.0.0.1:0"
sapient_listen = "127.0.0.1:0"
cot_listen = "127.0.0.1:0"
[identity]
sign_in = "off"
[doors.cot.units]
ANDROID-1 = "patrol-1"
ANDROID-2 = "patrol-1"
`;
writeFileSync(join(home, 'station.toml'), settings);
// The first start makes the key by which a witness knows the record.
const first = await begin('serve', 'station.toml');
await ended(first.child, 'SIGTERM');
const key = readFileSync(join(home, 'data/keys/record.vkey'), 'utf8').trim();
writeFileSync(
  join(home, 'witness.toml'),
  `data = "witness"\nlisten = "127.0.0.1:0"\nname = "guard.example"\nrecords = ["${key}"]\n`,
);
const witness = await begin('witness', 'witness.toml');
writeFileSync(
  join(home, 'station.toml'),
  `${settings}[[record.witnesses]]\nurl = "http://${witness.hello.address}"\nkey = "${witness.hello.key}"\n`,
);
const station = await begin('serve', 'station.toml');

/** A phone of the first unit calls for help. */
function callForHelp(uid) {
  const [host, port] = station.hello.cot.split(':');
  const at = new Date().toISOString();
  const stale = new Date(Date.now() + 60_000).toISOString();
  const event = `<event version="2.0" uid="${uid}-9-1-1" type="b-a-o-tbl" how="h-e" time="${at}" start="${at}" stale="${stale}"><point lat="34.415" lon="41.021" hae="0" ce="10" le="10"/><detail><contact callsign="${uid}"/><emergency type="911 Alert">${uid}</emergency><link uid="${uid}" relation="p-p"/></detail></event>`;
  const socket = connect({ host, port: Number(port) }, () => socket.write(event));
  socket.resume();
}

const tally = new Tally();
const browser = await launch();
const { page, complaints, strangers } = await open(
  browser,
  new URL('?lang=en', station.hello.page).href,
);
/** What stands beside the newest act of the card, and in its row. */
const card = page.locator('.card ol [data-sure]').first();
let seen = null;

await tally.check(
  'what is acknowledged is on this post, and then witnessed, by itself',
  async () => {
    callForHelp('ANDROID-1');
    await page.waitForSelector('.row.raised');
    await page.keyboard.press('a');
    await page.waitForSelector('.card [data-stage=acknowledged]');
    await card.waitFor();
    // Both at once where the witness was quick.
    const before = await card.innerText();
    must(/on this post|witnessed by 1 of 1/.test(plain(before)), before);
    await page.waitForSelector('.card ol [data-sure=seen]');
    must(plain(await card.innerText()) === 'witnessed by 1 of 1', await card.innerText());
    const title = plain(await card.getAttribute('title'));
    must(title.includes('guard.example has seen it'), title);
    must(title.includes('There is no centre above this station'), title);
    seen = await card.getAttribute('data-entry');
    await page.waitForSelector(`[role=option] [data-sure=seen][data-entry="${seen}"]`);
    await keep(page, 'acts-witnessed');
  },
);

await tally.check(
  'without the witness what comes after stays on this post, and it is said',
  async () => {
    await ended(witness.child, 'SIGKILL');
    callForHelp('ANDROID-2');
    await page.locator('[role=option] .row.raised').click();
    await page.keyboard.press('a');
    await page.waitForSelector('.card [data-stage=acknowledged]');
    await page.waitForSelector('.card ol [data-sure=late]');
    const said = plain(await card.innerText());
    must(said.includes('on this post') && said.includes('the witness is late'), said);
    await page.waitForSelector(`[role=option] [data-sure=seen][data-entry="${seen}"]`);
    await keep(page, 'acts-late');
  },
);

for (const [language, words] of [
  ['en', ['There is no centre', 'Alert acknowledged', 'witnessed by 1 of 1', 'late']],
  ['ar', ['لا مركز فوق هذه المحطة', 'استُلم إنذار', 'شهد عليه', 'متأخر']],
]) {
  await tally.check(
    `the record tells of itself and of what was done here in ${language}`,
    async () => {
      await page.click(`button[lang=${language}]`);
      await page.click('footer .record');
      await page.waitForSelector('dialog[open] [data-witness="guard.example"].late');
      must((await page.locator('dialog [data-did=acknowledge]').count()) === 2, 'not two acts');
      const said = plain(await page.locator('dialog').innerText());
      for (const word of words) must(said.includes(word), `${word} is not in: ${said}`);
      await translated(page);
      await accessible(page, `record ${language}`);
      await keep(page, `acts-record-${language}`);
      await page.keyboard.press('Escape');
      await page.waitForSelector('dialog[open]', { state: 'detached' });
    },
  );
}

await tally.check('nothing was complained of and no request left the station', async () => {
  must(!complaints.length, complaints.slice(0, 5).join('\n'));
  must(!strangers.length, strangers.slice(0, 5).join('\n'));
});

await browser.close();
tally.end();
process.exit();

/** Text without marks of direction. */
function plain(text) {
  return text
    .replace(/[\u2066-\u2069\u200e\u200f\u061c]/g, '')
    .replace(/\s+/g, ' ')
    .trim();
}
