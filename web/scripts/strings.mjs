// Fails the build when a string is missing: every language has the same keys with the same
// variables, every key that the page names exists, and none lies unused.
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { FluentParser, Visitor } from '@fluent/syntax';
import ts from 'typescript';

const SRC = fileURLToPath(new URL('../src/', import.meta.url));
const faults = [];

class Variables extends Visitor {
  names = new Set();
  visitVariableReference(node) {
    this.names.add(node.id.name);
  }
}

function messagesOf(file) {
  const messages = new Map();
  const { body } = new FluentParser().parse(readFileSync(`${SRC}strings/${file}`, 'utf8'));
  for (const entry of body) {
    if (entry.type === 'Junk')
      faults.push(`${file}: cannot be read: ${entry.content.split('\n')[0]}`);
    if (entry.type !== 'Message') continue;
    if (messages.has(entry.id.name)) faults.push(`${file}: ${entry.id.name} is there twice`);
    const variables = new Variables();
    variables.visit(entry);
    messages.set(entry.id.name, [...variables.names].sort().join(' '));
  }
  return messages;
}

/** Families of words, from the contract's own table. */
async function families() {
  const source = readFileSync(`${SRC}contract-words.ts`, 'utf8');
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
  });
  const encoded = Buffer.from(outputText).toString('base64');
  return (await import(`data:text/javascript;base64,${encoded}`)).WORDS;
}

function sources() {
  return readdirSync(SRC, { recursive: true })
    .filter((file) => /\.(svelte|ts)$/.test(file) && !file.endsWith('.test.ts'))
    .map((file) => [file, readFileSync(SRC + file, 'utf8')]);
}

const files = readdirSync(`${SRC}strings`).filter((file) => file.endsWith('.ftl'));
const languages = new Map(files.map((file) => [file, messagesOf(file)]));
const all = new Set([...languages.values()].flatMap((messages) => [...messages.keys()]));

for (const key of all) {
  const shapes = new Set();
  for (const [file, messages] of languages) {
    if (!messages.has(key)) faults.push(`${file}: ${key} is missing`);
    else shapes.add(messages.get(key));
  }
  if (shapes.size > 1)
    faults.push(`${key}: variables differ between languages: ${[...shapes].join(' | ')}`);
}

const used = new Set();
for (const [family, words] of Object.entries(await families())) {
  for (const word of words) used.add(`${family}-${word}`);
}
// Keys built from a closed set (`t(`theme-${theme}`)`): the set says which there must be.
const built = new Map();
for (const [file, text] of sources()) {
  for (const [, key] of text.matchAll(/\bt\(\s*'([a-z0-9-]+)'/g)) {
    used.add(key);
    if (!all.has(key)) faults.push(`${file}: names ${key}, which is in no language`);
  }
  for (const [, prefix] of text.matchAll(/\bt\(`([a-z-]+-)\$\{/g)) built.set(prefix, file);
  for (const [, key] of text.matchAll(/'([a-z]+(?:-[a-z]+)+)'/g)) if (all.has(key)) used.add(key);
}
const address = readFileSync(`${SRC}address.ts`, 'utf8');
const SETS = { 'theme-': 'THEMES', 'tab-': 'TABS', 'layer-': 'LAYERS' };
for (const [prefix, file] of built) {
  const [, list] = new RegExp(`${SETS[prefix]} = \\[([^\\]]+)\\]`).exec(address) ?? [];
  if (prefix.startsWith('${')) continue;
  if (!list) {
    if (file !== 'words.svelte.ts')
      faults.push(`${file}: builds keys from ${prefix}, a set unknown here`);
    continue;
  }
  for (const [, word] of list.matchAll(/'([^']+)'/g)) used.add(prefix + word);
}
for (const key of used) if (!all.has(key)) faults.push(`${key} is used and in no language`);
for (const key of all) if (!used.has(key)) faults.push(`${key} is never used`);

if (faults.length) {
  console.error(`${[...new Set(faults)].join('\n')}\nstrings: ${faults.length} faults`);
  process.exit(1);
}
console.log(`strings: ${all.size} keys in ${files.length} languages`);
