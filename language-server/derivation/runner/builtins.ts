/**
 * Nix's builtin builders as shell functions. They run in place of a builder, in its environment, and
 * leave the same outputs as Nix's own code.
 */
import type { ByteString } from '../byte-string';
import { UNPACK_FUNCTIONS } from './unpack-script';
import { BUSYBOX, DOWNLOAD_DIR, DOWNLOAD_NAME, STATE_DIR } from './tools';

export type Builtin = {
  readonly shellFunction: string;
  /** Variables it cannot do without. */
  readonly needs: readonly ByteString[];
  /** Works on what BuildKit downloads from the variable `url`. */
  readonly downloads?: true;
};

export const BUILTINS: ReadonlyMap<ByteString, Builtin> = new Map<ByteString, Builtin>([
  ['builtin:fetchurl', { shellFunction: 'llblens_fetchurl', needs: ['url'], downloads: true }],
  [
    'builtin:unpack-channel',
    { shellFunction: 'llblens_unpack_channel', needs: ['src', 'channelName'] },
  ],
  ['builtin:buildenv', { shellFunction: 'llblens_buildenv', needs: ['derivations', 'manifest'] }],
]);

const DOWNLOADED = `${DOWNLOAD_DIR}/${DOWNLOAD_NAME}`;
const BASE_OF_ENTRY = '${entry##*/}';
const BASE_OF_CHANNEL = '${channelName##*/}';
const AFTER_SCHEME = '${url#file://}';
const AFTER_OUT = '${target#"$out"}';
const AFTER_OUT_2 = '${2#"$out"}';

export const BUILTINS_SCRIPT = String.raw`# Nix's builtin builders.
bb() { ${BUSYBOX} "$@"; }
llblens_fail() {
  echo "error: $*" >&2
  exit 1
}
${UNPACK_FUNCTIONS}
llblens_fetchurl() {
  download=${DOWNLOADED}
  case $url in
    file://*)
      download=${AFTER_SCHEME}
      [ -f "$download" ] || llblens_fail "unable to download '$url': Could not read a file:// file (37)"
      ;;
  esac
  if [ "$unpack" = 1 ]; then
    case $url in
      *.xz) bb unxz -c "$download" >${STATE_DIR}/archive || llblens_fail "'$url' is not compressed by xz" ;;
      *) bb cat "$download" >${STATE_DIR}/archive ;;
    esac
    unpack_nar ${STATE_DIR}/archive "$out" || llblens_fail "'$url' is not a Nix archive"
  else
    bb cat "$download" >"$out" || exit
  fi
  [ "$executable" != 1 ] || bb chmod 0755 "$out"
}

llblens_unpack_channel() {
  [ "$channelName" = "${BASE_OF_CHANNEL}" ] ||
    llblens_fail "channelName is not allowed to contain filesystem separators, got $channelName"
  case $channelName in . | ..) llblens_fail "failed to rename what '$src' holds to $out/$channelName: Device or resource busy" ;; esac
  bb mkdir -p "$out"
  unpack_archive "$src" "$out" || llblens_fail "cannot unpack '$src'"
  set -- $(bb ls -A "$out" | bb wc -l)
  [ "$1" = 1 ] || llblens_fail "channel tarball '$src' contains more than one file"
  entry=$(bb find "$out" -mindepth 1 -maxdepth 1)
  [ "$entry" = "$out/$channelName" ] || bb mv "$entry" "$out/$channelName"
}

# Links everything in $1 into $2, at priority $3; what is there already gives way to a smaller number.
# Priorities lie in a tree of files of their own.
buildenv_links() {
  if [ ! -d "$1" ]; then
    echo "warning: not including '$1' in the user environment because it's not a directory" >&2
    return
  fi
  bb mkdir -p "${STATE_DIR}/priority${AFTER_OUT_2}"
  for entry in "$1"/*; do
    target="$2/${BASE_OF_ENTRY}"
    if [ ! -e "$entry" ]; then
      [ ! -L "$entry" ] || echo "warning: skipping dangling symlink '$target'" >&2
      continue
    fi
    case $entry in
      */propagated-build-inputs | */nix-support | */perllocal.pod | */info/dir | */log | */manifest.nix | */manifest.json)
        continue
        ;;
    esac
    priority_file="${STATE_DIR}/priority${AFTER_OUT}.p"
    if [ -d "$entry" ]; then
      if [ -L "$target" ]; then
        old=$(bb readlink -f "$target")
        [ -d "$old" ] || llblens_fail "collision between '$entry' and non-directory '$old'"
        read -r old_priority <"$priority_file"
        bb rm "$target"
        bb mkdir "$target"
        (buildenv_links "$old" "$target" "$old_priority") || exit
        (buildenv_links "$entry" "$target" "$3") || exit
        continue
      elif [ -d "$target" ]; then
        (buildenv_links "$entry" "$target" "$3") || exit
        continue
      fi
    elif [ -L "$target" ]; then
      read -r old_priority <"$priority_file"
      if [ "$old_priority" = "$3" ]; then
        llblens_fail "Unable to build profile. There is a conflict for the following files:

  $(bb readlink "$target")
  $entry"
      fi
      [ "$old_priority" -ge "$3" ] || continue
      bb rm "$target"
    elif [ -d "$target" ]; then
      llblens_fail "collision between non-directory '$entry' and directory '$target'"
    fi
    bb ln -s "$entry" "$target" || exit
    echo "$3" >"$priority_file"
  done
}

# Adds the package $1 at priority $2 once, and notes what it wants to have beside it.
buildenv_package() {
  case "$seen" in *" $1 "*) return ;; esac
  seen="$seen $1 "
  buildenv_links "$1" "$out" "$2"
  if [ -f "$1/nix-support/propagated-user-env-packages" ]; then
    postponed="$postponed $(bb tr '\n' ' ' <"$1/nix-support/propagated-user-env-packages")"
  fi
}

llblens_buildenv() {
  LC_ALL=C
  seen= postponed=
  bb mkdir -p "$out"
  set -- $derivations
  while [ $# -gt 0 ]; do
    active=$1 priority=$2 count=$3
    shift 3
    while [ "$count" -gt 0 ]; do
      [ "$active" = false ] || echo "$priority $1"
      shift
      count=$((count - 1))
    done
  done | bb sort -k1,1n -k2,2 >${STATE_DIR}/packages
  while read -r priority package; do
    # What Nix says of a number that is none.
    case $priority in [0-9]* | [-+][0-9]*) ;; *) llblens_fail stoi ;; esac
    buildenv_package "$package" "$priority"
  done <${STATE_DIR}/packages
  priority=1000
  while [ -n "$postponed" ]; do
    now=$(for package in $postponed; do echo "$package"; done | bb sort -u)
    postponed=
    for package in $now; do
      case "$seen" in *" $package "*) continue ;; esac
      buildenv_package "$package" "$priority"
      priority=$((priority + 1))
    done
  done
  [ -z "$manifest" ] || bb ln -s "$manifest" "$out/manifest.nix"
}
`;
