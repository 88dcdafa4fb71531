/** Secrets are named, never written: not as objects, not in variables, not in files of settings. */
import type { Manifest } from '../manifest.ts';
import type { Problem, Rule, Subject } from './finding.ts';
import { containersOf, placeOf, podsOf, specOf } from './pods.ts';

const TELLING = /(PASSWORD|SECRET|TOKEN|PRIVATE|CREDENTIAL)/;
const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;
/** Fields of a JSON or YAML text whose value would be the secret itself. */
const WRITTEN = /"?(password|secret|token)"?\s*[:=]\s*"?[^\s"{}[\],]+/i;

export const SECRET_RULES: readonly Rule[] = [
  {
    name: 'secrets by reference',
    why: 'what is in a stack is in its state, its history, and everybody’s terminal',
    check: ({ objects }) => [
      ...objects
        .filter(({ kind }) => kind === 'Secret')
        .map((one) => ({ place: placeOf(one), problem: 'is a secret, written into a stack' })),
      ...objects.filter(({ kind }) => kind === 'ConfigMap').flatMap(written),
      ...containersOf(objects).flatMap(({ container, place }) => [
        ...(container.env ?? [])
          .filter(({ name, value }) => TELLING.test(name) && !name.endsWith('_FILE') && value !== undefined && value !== '')
          .map(({ name }) => ({ place: `${place}.env[${name}].value`, problem: 'has a value; take it from a secret' })),
        ...[...(container.args ?? []), ...(container.command ?? [])]
          .filter((arg) => /^--[a-z-]*(password|secret|token)[a-z-]*=/.test(arg) && !/-file=/.test(arg))
          .map((arg) => ({ place: `${place}.args`, problem: `${arg.split('=')[0]} is told its secret; name a file` })),
      ]),
    ],
  },
  {
    name: 'known secrets',
    why: 'a pod whose secret nobody makes waits for ever',
    check: (subject) => {
      const known = knownSecrets(subject);
      return podsOf(subject.objects).flatMap(({ spec, place }) =>
        (spec.volumes ?? [])
          .flatMap(({ secret }) => (secret?.secretName === undefined ? [] : [secret.secretName]))
          .filter((name) => !known.has(name))
          .map((name) => ({
            place: `${place}: spec.template.spec.volumes`,
            problem: `${name} is neither a secret of the environment nor one that a certificate makes`,
          })),
      );
    },
  },
];

function knownSecrets({ environment, objects }: Subject): ReadonlySet<string> {
  const made = objects.filter(({ kind }) => kind === 'Certificate').map((one) => specOf<{ secretName: string }>(one).secretName);
  return new Set([...Object.values(environment.secrets).map(({ name }) => name), ...made]);
}

function written(object: Manifest): readonly Problem[] {
  const { data = {} } = object as unknown as { data?: Readonly<Record<string, string>> };
  return Object.entries(data)
    .filter(([, text]) => PRIVATE_KEY.test(text) || WRITTEN.test(text))
    .map(([file]) => ({ place: `${placeOf(object)}: data[${file}]`, problem: 'holds what looks like a secret' }));
}
