#!/usr/bin/env bash
# Packs what npm would publish, installs the tarball into an empty folder, and runs there what README.md says of a package, and the
# library. Needs a build (npm run build) and the registry.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm pack --silent --pack-destination "$work" >/dev/null
size=$(du -k "$work"/*.tgz | cut -f1)
# A build with its maps and types takes less; more is something that does not belong there.
[ "$size" -lt 4096 ] || {
  echo "test-package: the tarball has $size kB" >&2
  exit 1
}

# The block below the marker.
lines=$(awk '/<!-- scripts\/test-package.sh/ { found = 1 } found && /^```$/ { exit } inside { print } found && /^```sh$/ { inside = 1 }' README.md)
[ -n "$lines" ] || {
  echo "test-package: README.md has no lines for a package" >&2
  exit 1
}

cd "$work"
export npm_config_fund=false npm_config_audit=false
npm init --yes >/dev/null
set -x
bash -euc "$lines" >output.txt
{ set +x; } 2>/dev/null
grep -q "reshape_2\|preds\|conv_pw_13_relu" output.txt

cat >program.mjs <<'END'
import { Dense, Sequential, tensor } from "wgraft";

const model = new Sequential([new Dense({ units: 1, activation: "sigmoid", inputDim: 2 })]);
model.compile({ optimizer: "sgd", loss: "binary_crossentropy" });
const { history } = await model.fit(tensor([0, 0, 1, 1], [2, 2]), tensor([0, 1], [2, 1]), { epochs: 2, verbose: 0 });
if (!(history.loss[1] < history.loss[0])) throw new Error(`the loss went from ${history.loss[0]} to ${history.loss[1]}`);
END
node program.mjs
echo "test-package: the tarball works, $size kB"
