/**
 * The runner: the shell script around a builder inside its container. BuildKit cannot set argv[0],
 * adds variables of its own, and does none of what Nix does once a builder has ended; this does.
 *
 * It runs in busybox's ash, as the build user, with the derivation's environment. Its own variables
 * begin with `llblens_` and are not exported, so that the builder sees only its own.
 */

import { BUILD_DIR } from './environment';

/** Where the runner and its busybox are mounted in every build. */
export const TOOLS_DIR = '/.llb-lens';
export const BUSYBOX = `${TOOLS_DIR}/busybox`;
export const RUNNER = `${TOOLS_DIR}/runner.sh`;

/**
 * Read by interactive shells only, which a person opens in a build's sandbox: that has no programs
 * in its PATH, so busybox's are called by their names unless the shell knows better ones.
 */
export const SHELL_STARTUP = `${TOOLS_DIR}/shell.rc`;
export const SHELL_STARTUP_SCRIPT = `for llblens_name in $(${BUSYBOX} --list); do
  command -v "$llblens_name" >/dev/null || alias "$llblens_name=${BUSYBOX} $llblens_name"
done
unset llblens_name
`;

/** The builder succeeded, but what it left is not a valid output. */
export const EXIT_REJECTED = 101;
/** A fixed output has another hash than promised. */
export const EXIT_HASH_MISMATCH = 102;

/** Variables that BuildKit's tracing adds to every process, and the one that ash adds. */
export const INJECTED_VARIABLES = /^(?:OTEL_[A-Za-z0-9_]*|TRACEPARENT|TRACESTATE|SHLVL)$/;

// Shell expansions that would read as TypeScript's.
const LENGTH_OF_1 = '${#1}';
const TARGET_WITHOUT_DOT = '${target%.}';
const LAST_PART_OF_ENTRY = '${entry##*/}';

/**
 * Arguments: the derivation; the names among the injected variables that are the derivation's own;
 * the store directory; the outputs, a line each: `NAME PATH CHECK`, where CHECK is `-` or
 * `flat|recursive:ALGORITHM:HEX`; the store paths that outputs may mention (or `*`), and those that
 * they must not; argv[0]; the number of variables that a shell cannot pass on, and these as `NAME=VALUE`; then the
 * builder and its arguments.
 */
export const RUNNER_SCRIPT = String.raw`# Runs one builder as Nix would, then checks and canonicalises its outputs.
umask 022
ulimit -c 0 2>/dev/null
llblens_drv=$1
llblens_keep=$2
llblens_store=$3
llblens_outputs=$4
llblens_allowed=$5
llblens_denied=$6
llblens_argv0=$7
llblens_extra=$8
shift 8
bb() { ${BUSYBOX} "$@"; }

(
  IFS=' 
'
  for llblens_name in $(bb env | bb sed -nE 's/^(OTEL_[A-Za-z0-9_]*|TRACEPARENT|TRACESTATE|SHLVL)=.*/\1/p'); do
    case " $llblens_keep " in
      *" $llblens_name "*) ;;
      *) unset "$llblens_name" ;;
    esac
  done
  if [ "$llblens_extra" -eq 0 ]; then
    exec -a "$llblens_argv0" "$@"
  fi
  exec ${BUSYBOX} env "$@"
) </dev/null
llblens_status=$?
[ "$llblens_status" -eq 0 ] || exit "$llblens_status"

# What the builder left running must not touch the outputs any more.
kill -KILL -1 2>/dev/null
IFS=' 
'
export LC_ALL=C

rejected() {
  echo "llb-lens: $*" >&2
  exit ${EXIT_REJECTED}
}

# An integer as 8 bytes, least significant first.
nar_integer() {
  printf "$(printf '\\%03o\\%03o\\%03o\\%03o\\%03o\\%03o\\000\\000' $(($1 & 255)) $(($1 >> 8 & 255)) \
    $(($1 >> 16 & 255)) $(($1 >> 24 & 255)) $(($1 >> 32 & 255)) $(($1 >> 40 & 255)))"
}

nar_padding() {
  case $(($1 % 8)) in
    1) printf '\0\0\0\0\0\0\0' ;;
    2) printf '\0\0\0\0\0\0' ;;
    3) printf '\0\0\0\0\0' ;;
    4) printf '\0\0\0\0' ;;
    5) printf '\0\0\0' ;;
    6) printf '\0\0' ;;
    7) printf '\0' ;;
  esac
}

nar_string() {
  nar_integer ${LENGTH_OF_1}
  printf %s "$1"
  nar_padding ${LENGTH_OF_1}
}

nar_node() {
  nar_string '('
  nar_string type
  if [ -L "$1" ]; then
    nar_string symlink
    nar_string target
    target=$(bb readlink -n "$1"; echo .)
    nar_string "${TARGET_WITHOUT_DOT}"
  elif [ -f "$1" ]; then
    nar_string regular
    if [ -x "$1" ]; then
      nar_string executable
      nar_string ''
    fi
    nar_string contents
    set -- "$1" "$(bb stat -c %s "$1")"
    nar_integer "$2"
    bb cat "$1"
    nar_padding "$2"
  else
    nar_string directory
    bb find "$1" -mindepth 1 -maxdepth 1 -print0 | bb sort -z | while IFS= read -r -d '' entry; do
      nar_string entry
      nar_string '('
      nar_string name
      nar_string "${LAST_PART_OF_ENTRY}"
      nar_string node
      nar_node "$entry"
      nar_string ')'
    done
  fi
  nar_string ')'
}

nar() {
  nar_string nix-archive-1
  nar_node "$1"
}

# The names of all in the store that the output $1 mentions, in what a Nix archive of it holds: file
# names, link targets and contents. The store holds what the builder could see, and the outputs.
references() {
  bb ls "$llblens_store" >${BUILD_DIR}/.llb-lens-names
  {
    bb find "$1" -mindepth 1 | bb cut -c$((${LENGTH_OF_1} + 2))-
    bb find "$1" -type l -exec ${BUSYBOX} readlink {} \;
    bb find "$1" -type f -exec ${BUSYBOX} cat {} +
  } | bb strings -n 32 | bb awk '
    NR == FNR { name[substr($0, 1, 32)] = $0; next }
    { for (hash in name) if (index($0, hash)) { print name[hash]; delete name[hash] } }
  ' ${BUILD_DIR}/.llb-lens-names -
}

while read -r name path check; do
  [ -e "$path" ] || [ -L "$path" ] ||
    rejected "builder for '$llblens_drv' failed to produce output path for output '$name' at '$path'"
  [ -L "$path" ] || [ -z "$(bb find "$path" -maxdepth 0 -perm /022)" ] ||
    rejected "suspicious ownership or permission on '$path' for output '$name'; rejecting this build output"
  bb find "$path" -type d ! -perm -700 -exec ${BUSYBOX} chmod u+rwx {} \;
  odd=$(bb find "$path" ! -type f ! -type d ! -type l)
  [ -z "$odd" ] || rejected "file '$odd' has an unsupported type"
  bb find "$path" -type f -perm -100 -exec ${BUSYBOX} chmod 0555 {} +
  bb find "$path" -type f ! -perm -100 -exec ${BUSYBOX} chmod 0444 {} +
  bb find "$path" -type d -exec ${BUSYBOX} chmod 0555 {} +
  bb find "$path" -exec ${BUSYBOX} touch -h -d @1 {} +

  if [ "$llblens_allowed" != '*' ] || [ -n "$llblens_denied" ]; then
    for reference in $(references "$path"); do
      case " $llblens_allowed " in
        ' * ' | *" $llblens_store/$reference "*) ;;
        *) rejected "output '$path' is not allowed to refer to '$llblens_store/$reference'" ;;
      esac
      case " $llblens_denied " in
        *" $llblens_store/$reference "*)
          rejected "output '$path' is not allowed to refer to '$llblens_store/$reference'"
          ;;
      esac
    done
  fi

  [ "$check" = - ] && continue
  wanted=$(echo "$check" | bb cut -d: -f3)
  algorithm=$(echo "$check" | bb cut -d: -f2)
  case "$check" in
    recursive:*) got=$(nar "$path" | bb "$algorithm"sum) ;;
    *)
      { [ -f "$path" ] && [ ! -L "$path" ] && [ ! -x "$path" ]; } ||
        rejected "output path '$path' should be a non-executable regular file since recursive hashing is not enabled"
      got=$(bb "$algorithm"sum <"$path")
      ;;
  esac
  got=$(echo "$got" | bb cut -d' ' -f1)
  if [ "$got" != "$wanted" ]; then
    echo "llb-lens: hash mismatch in fixed-output derivation '$llblens_drv'" >&2
    echo "llb-lens:   specified: $algorithm:$wanted" >&2
    echo "llb-lens:         got: $algorithm:$got" >&2
    exit ${EXIT_HASH_MISMATCH}
  fi
done <<END
$llblens_outputs
END

# Outputs may mention one another, but not in a circle.
case "$llblens_outputs" in
  *'
'*)
    while read -r from from_path check; do
      for reference in $(references "$from_path"); do
        while read -r to to_path check; do
          [ "$from" = "$to" ] || [ "$to_path" != "$llblens_store/$reference" ] || echo "$from $to"
        done <<END
$llblens_outputs
END
      done
    done <<END | bb awk '
      { edges[NR] = $1 " " $2; left[$1]; left[$2] }
      END {
        do {
          changed = 0
          for (node in left) {
            uses = 0
            for (i in edges) {
              split(edges[i], edge, " ")
              if (edge[1] == node && (edge[2] in left)) uses = 1
            }
            if (!uses) { delete left[node]; changed = 1; break }
          }
        } while (changed)
        for (node in left) exit 1
      }' || rejected "cycle detected in build of '$llblens_drv' in the references of its outputs"
$llblens_outputs
END
    ;;
esac
exit 0
`;
