/**
 * A folder of provider plugins as Terraform and OpenTofu both find them. What the user names may be a mirror already
 * (HOST/NAMESPACE/NAME/VERSION/OS_ARCH/…) or plainly hold the programs; the two tools look below different host names.
 */
import { mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

const HOSTS = ['registry.terraform.io', 'registry.opentofu.org'];

/** Makes `target`, of links only, and gives its path. */
export function mirrorOf(plugins: string, target: string): string {
  for (const program of programsBelow(resolve(plugins))) {
    const [, name, version] = /^terraform-provider-([a-z0-9-]+)_v([0-9][^_]*)/.exec(basename(program))!;
    const platform = `${process.platform}_${process.arch === 'arm64' ? 'arm64' : 'amd64'}`;
    for (const host of HOSTS) {
      const link = join(target, host, 'hashicorp', name!, version!, platform, basename(program));
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(program, link);
    }
  }
  return target;
}

function programsBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return programsBelow(path);
    return /^terraform-provider-[a-z0-9-]+_v\d/.test(entry.name) ? [path] : [];
  });
}
