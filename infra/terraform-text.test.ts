// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are what this is about.
import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { asTemplates, withoutTemplates } from './terraform-text.ts';

test('what Terraform would take for an expression stands for itself', () => {
  expect<unknown>(asTemplates({ script: 'echo ${HOME} %{if x} $HOME $${a}', '${key}': ['${x}'] })).toEqual({
    script: 'echo $${HOME} %%{if x} $HOME $$${a}',
    '$${key}': ['$${x}'],
  });
});

test('any value comes back as it was', () => {
  const piece = fc.constantFrom('$', '%', '{', '}', 'a', '${', '$${', '%{');
  const text = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));
  fc.assert(fc.property(fc.dictionary(text, fc.array(text)), (value) => expect(withoutTemplates(asTemplates(value))).toEqual(value)));
});
