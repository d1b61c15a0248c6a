// Labels and protection, as people put and propose them: `WATCHLINE_BIN=... node tests/labels.e2e.mjs`. A real station: an officer
// withholds one call from another agency alone, proposes to give one message, and to keep what was seen for less; another agrees.
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { accessible, keep, launch, must, Tally, translated } from './browser.mjs';

const BIN = process.env.WATCHLINE_BIN;
if (!BIN) {
  console.error('WATCHLINE_BIN must name the watchline binary');
  process.exit(2);
}
const DRILL = fileURLToPath(new URL('../../crates/station/tests/drill', import.meta.url));
const PASSWORD = 'one cold night in november';
const home = mkdtempSync(join(tmpdir(), 'watchline-labels-'));
const data = join(home, 'data');
cpSync(DRILL, home, { recursive: true });
writeFileSync(
  join(home, 'station.toml'),
  `sector = "sector.toml"
data = "data"
listen = "127.0.0.1:0"
sapient_listen = "127.0.0.1:0"
cot_listen = "127.0.0.1:0"
[identity]
agency = "border-guard"
[release]
policy = "policy.cedar"
[doors.cot.units]
ANDROID-1 = "patrol-1"
`,
);
writeFileSync(
  join(home, 'policy.cedar'),
  `permit(principal == Agency::"army", action, resource is Unit);
permit(principal == Agency::"army", action, resource is Message);
forbid(principal, action, resource) when { resource.labels.contains("sealed") };
`,
);

/** Invites somebody before the station runs; the code that they come in by. */
function invite(name, role) {
  const told = ['people', 'add', name, '--agency', 'border-guard', '--role', role, '--data', data];
  const { stdout, stderr } = spawnSync(BIN, ['--json', ...told], { encoding: 'utf8' });
  must(stdout, stderr);
  return JSON.parse(stdout).code;
}
const codes = { Omar: invite('Omar', 'officer'), Sara: invite('Sara', 'officer') };
const station = spawn(BIN, ['--json', 'serve', '--config', join(home, 'station.toml')], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
process.on('exit', () => {
  station.kill('SIGKILL');
  rmSync(home, { recursive: true, force: true });
});

/** What the station says once it runs. */
async function serving({ stdout }) {
  let told = '';
  for await (const piece of stdout) {
    told += piece;
    try {
      return JSON.parse(told);
    } catch {
      // There is more to come.
    }
  }
  throw new Error(`the station ended: ${told}`);
}

const { page: address, cot } = await serving(station);
station.stdout.resume();

/** A phone of the first unit sends an event. */
function tell(uid, kind, detail) {
  const [host, port] = cot.split(':');
  const at = new Date().toISOString();
  const stale = new Date(Date.now() + 60_000).toISOString();
  const event = `<event version="2.0" uid="${uid}" type="${kind}" how="h-e" time="${at}" start="${at}" stale="${stale}"><point lat="34.415" lon="41.021" hae="0" ce="10" le="10"/><detail>${detail}<link uid="ANDROID-1" relation="p-p"/></detail></event>`;
  const socket = connect({ host, port: Number(port) }, () => socket.write(event));
  socket.resume();
}

const tally = new Tally();
const browser = await launch();

/** A person's own browser, who comes in by their code. */
async function seat(code) {
  const context = await browser.newContext({ viewport: { width: 1366, height: 768 } });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  await page.goto(new URL('?lang=en', address).href);
  await page.waitForSelector('.entrance');
  await page.getByRole('button', { name: 'I was given a code' }).click();
  await page.locator('.entrance input').nth(0).fill(code);
  await page.locator('.entrance input').nth(1).fill(PASSWORD);
  await page.keyboard.press('Enter');
  await page.waitForSelector('.page[data-heard=true]');
  return page;
}

const omar = await seat(codes.Omar);
const sara = await seat(codes.Sara);
const language = (page, code) => page.click(`button[lang=${code}]`);

await tally.check('one officer withholds one call, at once', async () => {
  tell('ANDROID-1-9-1-1', 'b-a-o-tbl', '<emergency type="911 Alert">HAWK</emergency>');
  await omar.locator('[role=option] .row.raised').first().click();
  const form = omar.locator('.card [data-labels]');
  await form.locator('summary').click();
  await form.locator('input').nth(0).fill('sealed');
  await form.locator('input').nth(1).fill('a drill of our own');
  await accessible(omar, 'labels of an alert');
  await keep(omar, 'labels-alert-en');
  await form.getByRole('button').click();
  await form.locator('[role=status]:has-text("It holds")').waitFor();
  await language(omar, 'ar');
  await form.locator('[role=status]:has-text("صار ساريًا")').waitFor();
  await translated(omar);
  await keep(omar, 'labels-alert-ar');
  await language(omar, 'en');
});

await tally.check(
  'one message waits for another person, and the refusal of no label is told',
  async () => {
    const chat = '<__chat senderCallsign="HAWK"/><remarks>two by the well</remarks>';
    tell('GeoChat.ANDROID-1.desk.1', 'b-t-f', chat);
    await omar.click('footer .doors');
    const message = omar.locator('[data-message]').first();
    const form = message.locator('[data-labels]');
    await form.locator('summary').click();
    await form.locator('input').nth(0).fill(',');
    await form.locator('input').nth(1).fill('they asked who is there');
    await form.getByRole('button').click();
    await form.locator('[role=alert]:has-text("1 to 8 labels")').waitFor();
    await form.locator('input').nth(0).fill('shared');
    await form.getByRole('button').click();
    await form.locator('[role=status]:has-text("Waits for a second person")').waitFor();
    await form.scrollIntoViewIfNeeded();
    await keep(omar, 'labels-message-en');
    await language(omar, 'ar').catch(() => undefined);
    await omar.keyboard.press('Escape');
  },
);

await tally.check(
  'less protection is proposed on the page, and another officer agrees',
  async () => {
    await language(omar, 'en');
    await omar.click('.who + button');
    const form = omar.locator('form[aria-labelledby=protect-title]');
    await form.locator('textarea').first().fill('detection: 30');
    await form.locator('input[type=text]').fill('the disk is small');
    await form.scrollIntoViewIfNeeded();
    await accessible(omar, 'protection');
    await keep(omar, 'labels-protect-en');
    await form.getByRole('button').click();
    await sara.click('.who + button');
    await sara.getByRole('button', { name: /Agree: .*detection 30/ }).click();
    await omar.keyboard.press('Escape');
    await omar.click('.who + button');
    await form.locator('.quiet:has-text("Omar"):has-text("Sara")').waitFor();
    await omar.keyboard.press('Escape');
    await language(omar, 'ar');
    await omar.click('.who + button');
    await translated(omar);
    await keep(omar, 'labels-confirmations-ar');
    await form.scrollIntoViewIfNeeded();
    await accessible(omar, 'protection in Arabic');
    await keep(omar, 'labels-protect-ar');
  },
);

await browser.close();
tally.end();
process.exit();
