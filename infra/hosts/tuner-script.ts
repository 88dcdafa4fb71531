/**
 * The node tuner: a shell script (POSIX, dash and busybox) that brings the settings of a node to those of the table, never to
 * less safe ones, says what each was and how to go back, and fails when one does not stick. It changes nothing else.
 */
import type { NodeSetting } from './node-settings.ts';

/** `SYS` is where the kernel's settings are mounted, for a container that sees the node's elsewhere, and for tests. */
export function tunerScript(settings: readonly NodeSetting[]): string {
  return `${[
    '#!/bin/sh',
    '# Written from the table of host limits. Run again at any time: what is as safe or safer is left.',
    'set -u',
    `SYS="\${SYS:-/proc/sys}"`,
    'failed=0',
    'last() { set -f; set -- $1; shift $(($# - 1)); echo "$1"; }',
    'set_when() { # when name value',
    '  file="$SYS/$(echo "$2" | tr . /)"',
    '  if [ ! -r "$file" ]; then echo "absent  $2 (no such setting in this kernel or network namespace)"; return; fi',
    '  was="$(tr "\\t" " " < "$file")"',
    '  have="$(last "$was")"; want="$(last "$3")"',
    '  safe=0',
    '  if [ "$1" = below ]; then [ "$have" -ge "$want" ] && safe=1; else [ "$have" -le "$want" ] && safe=1; fi',
    '  if [ "$safe" = 1 ]; then echo "kept    $2 = $was"; return; fi',
    '  if ! echo "$3" > "$file" 2>/dev/null; then echo "REFUSED $2 = $3 (is $was)"; failed=1; return; fi',
    '  is="$(tr "\\t" " " < "$file")"',
    '  if [ "$(last "$is")" != "$want" ]; then echo "FAILED  $2 = $3 (is $is)"; failed=1; return; fi',
    '  echo "set     $2 = $is   # undo: sysctl -w $2=\\"$was\\""',
    '}',
    ...settings.map(({ when, name, value }) => `set_when ${when} ${name} "${value}"`),
    'exit "$failed"',
  ].join('\n')}\n`;
}
