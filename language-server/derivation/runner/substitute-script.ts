/**
 * Makes a store path from the archive of it that a binary cache has: unpacked, held to the hash that
 * the cache's signature speaks of, and made as it stands in a store.
 */
import {
  BUSYBOX,
  DOWNLOAD_DIR,
  DOWNLOAD_NAME,
  EXIT_HASH_MISMATCH,
  EXIT_REJECTED,
  LIBRARY,
  STATE_DIR,
  TOOLS_DIR,
} from './tools';

/** Reads `path`, `packing`, `sha256` and `size` from the environment. */
export const SUBSTITUTE_SCRIPT = String.raw`# Makes a store path from its archive in a binary cache.
umask 022
export LC_ALL=C
. ${TOOLS_DIR}/builtins.sh
. ${LIBRARY}
rejected() {
  echo "llb-lens: $*" >&2
  exit ${EXIT_REJECTED}
}
llblens_store=$NIX_STORE
file=${DOWNLOAD_DIR}/${DOWNLOAD_NAME}
archive=${STATE_DIR}/archive
case $packing in
  none) archive=$file ;;
  xz) bb unxz -c <"$file" >"$archive" ;;
  gzip) bb gunzip -c <"$file" >"$archive" ;;
  bzip2) bb bunzip2 -c <"$file" >"$archive" ;;
esac || rejected "the archive of '$path' is not compressed by $packing"
got=$(bb sha256sum <"$archive" | bb cut -d' ' -f1)
if [ "$got" != "$sha256" ] || [ "$(bb stat -L -c %s "$archive")" != "$size" ]; then
  echo "llb-lens: hash mismatch importing path '$path';" >&2
  echo "llb-lens:          specified: $(sri sha256 "$sha256")" >&2
  echo "llb-lens:             got:    $(sri sha256 "$got")" >&2
  exit ${EXIT_HASH_MISMATCH}
fi
unpack_nar "$archive" "$path" || rejected "the archive of '$path' is no Nix archive"
if [ -L "$path" ]; then
  bb touch -h -d @1 "$path"
  set_aside "$path" "$(bb basename "$path")"
else
  bb find "$path" -type f -perm -100 -exec ${BUSYBOX} chmod 0555 {} + \
    -o -type f -exec ${BUSYBOX} chmod 0444 {} + -o -type d -exec ${BUSYBOX} chmod 0555 {} +
  bb find "$path" -exec ${BUSYBOX} touch -h -d @1 {} +
fi
`;
