// The doors as people read them: health, rates, rejections and the last error of each, in both languages.
import { accessible, keep, launch, must, open, Tally, translated } from './browser.mjs';
import { serve } from './fixture/server.mjs';

const tally = new Tally();
const station = await serve({ dustAfter_s: Infinity });
const browser = await launch();
const { page, complaints, strangers } = await open(browser, `${station.address}?lang=en`);

/** Text without marks of direction, and with digits of one kind. */
const plain = (text) =>
  text
    .replace(/[\u2066-\u2069\u200e\u200f\u061c]/g, '')
    .replace(/[٠-٩]/g, (digit) => '٠١٢٣٤٥٦٧٨٩'.indexOf(digit))
    .replace(/٫/g, '.')
    .replace(/[٬,]/g, '');

/** What each door must say, by the word for it and its number. */
const SAID = {
  en: {
    sapient: [
      '4 of 1024 connected',
      '42.5 messages',
      '8120 taken',
      '0 rejected',
      '77 of no use',
      '2609 kB',
      'No error',
    ],
    cot: [
      '1.2 messages',
      '3 rejected',
      '2 values dropped',
      'read slower: 1',
      'Last error at',
      'ANDROID-9: event@uid',
      'the phone closed',
    ],
    'cot-tls': ['12 turned away', '1 cut off', 'no certificate was shown'],
    mqtt: ['0 of 1 connected', '5012 taken', 'Does not work now', 'it closed the connection'],
  },
  ar: {
    sapient: [
      'المتصلون: 4 من 1024',
      '42.5',
      'قُبل: 8120',
      'رُفض: 0',
      'بلا فائدة: 77',
      '2609',
      'لا أخطاء',
    ],
    cot: [
      '1.2',
      'رُفض: 3',
      'قيم حُذفت: 2',
      'أُبطئت القراءة: 1',
      'آخر خطأ عند',
      'ANDROID-9: event@uid',
      'the phone closed',
    ],
    'cot-tls': ['أُبعد: 12', 'قُطع: 1', 'no certificate was shown'],
    mqtt: ['المتصلون: 0 من 1', 'قُبل: 5012', 'لا يعمل الآن', 'it closed the connection'],
  },
};

for (const language of ['en', 'ar']) {
  await tally.check(`every door says how it is in ${language}`, async () => {
    await page.click(`button[lang=${language}]`);
    await page.click('footer .doors');
    await page.waitForSelector('dialog[open] [data-door=mqtt]');
    for (const [door, words] of Object.entries(SAID[language])) {
      const said = plain(await page.locator(`[data-door=${door}]`).innerText());
      for (const word of words) must(said.includes(word), `${door} lacks ${word}: ${said}`);
    }
    const error = page.locator('[data-door=cot] .error');
    must((await error.count()) === 1, 'the last error stands out');
    must(
      (await page.locator('[data-door=sapient] .error').count()) === 0,
      'nothing is wrong there',
    );
    const inside = await page.evaluate(() => {
      const dialog = document.querySelector('dialog[open]');
      return dialog.scrollWidth <= dialog.clientWidth;
    });
    must(inside, 'the dialog is wider than it shows');
    await translated(page);
    await keep(page, `fixture-doors-${language}`);
    await page.evaluate(() => document.querySelector('[data-door=mqtt]').scrollIntoView());
    await keep(page, `fixture-doors-end-${language}`);
    await accessible(page, `doors ${language}`);
    await page.keyboard.press('Escape');
    await page.waitForSelector('dialog[open]', { state: 'detached' });
  });
}

await tally.check('the page complained of nothing and asked nobody else', async () => {
  must(!complaints.length, complaints.join('\n'));
  must(!strangers.length, strangers.join('\n'));
});

await tally.check(
  'figures are asked for again while somebody looks, and a silent station is told of',
  async () => {
    await page.click('button[lang=en]');
    await page.click('footer .doors');
    await page.waitForSelector('dialog[open] [data-door=mqtt]');
    station.close();
    await page.waitForSelector('dialog[open] [role=alert]', { timeout: 20_000 });
  },
);

await browser.close();
tally.end();
