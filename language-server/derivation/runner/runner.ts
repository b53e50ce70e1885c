/**
 * The runner: the shell script around a builder inside its container. BuildKit cannot set argv[0],
 * adds variables of its own, and does none of what Nix does once a builder has ended; this does.
 *
 * It runs in busybox's ash, as the build user, with the derivation's environment. Its own variables
 * begin with `llblens_` until the builder has ended and are not exported, so that the builder sees
 * only its own. What it does is said by the plan (see `plan.ts`).
 */
import {
  BUSYBOX,
  EXIT_HASH_MISMATCH,
  EXIT_REJECTED,
  FULL_LOG,
  LIBRARY,
  LOG_NAME,
  OWN_FAILURE,
  PLAN_FILE,
  PLAN_VARIABLE,
  SHELL_ENVIRONMENT,
  TOOLS_DIR,
} from './tools';

/**
 * Read by interactive shells only, which a person opens in a build's sandbox: that has no programs
 * in its PATH, so busybox's are called by their names unless the shell knows better ones.
 */
export const SHELL_STARTUP = `${TOOLS_DIR}/shell.rc`;
export const SHELL_STARTUP_SCRIPT = `for llblens_name in $(${BUSYBOX} --list); do
  command -v "$llblens_name" >/dev/null || alias "$llblens_name=${BUSYBOX} $llblens_name"
done
unset llblens_name
[ ! -f ${SHELL_ENVIRONMENT} ] || . ${SHELL_ENVIRONMENT}
`;

// Shell expansions that would read as TypeScript's.
const CORES_SET = '${NIX_BUILD_CORES+set}';
const WITHOUT_EXPORT = '${llblens_name#export }';
const WITHOUT_VALUE = '${llblens_name%%=*}';
/** Nix's archives take nothing that lies this deep below a store path. */
const TOO_DEEP = 64;
const WITHOUT_MARK = '${llblens_name#??}';
const WITHOUT_BLANKS = '${llblens_name#"${llblens_name%%[! \t]*}"}';
const FIRST_OF_LINE = '${llblens_name%%[ \t]*}';
const PROGRAM = '${llblens_program#./}';
const STATUS = '${llblens_status%% *}';
const WHY = '${llblens_status#* }';
const PID_OF_STAT = '${llblens_name%% *}';
const BASE_OF_PATH = '${path##*/}';
const AFTER_COLON = '${check#*:}';
const METHOD = '${check%%:*}';
const ALGORITHM = '${rest%%:*}';
const HASH = '${rest#*:}';

export const RUNNER_SCRIPT = String.raw`# Runs one builder as Nix would, then checks and canonicalises its outputs.
umask 022
[ -n "${CORES_SET}" ] || export NIX_BUILD_CORES=$(${BUSYBOX} nproc)
ulimit -c 0 2>/dev/null
# In $(…) the program is named itself: there a function would take a process more.
bb() { ${BUSYBOX} "$@"; }
llblens_plan=$${PLAN_VARIABLE}
unset ${PLAN_VARIABLE}
if [ -n "$llblens_plan" ]; then eval "$llblens_plan"; else . ${PLAN_FILE}; fi

# Whether the kernel will run the builder; if not, why in Nix's words, and the code of a shell. What it
# cannot run, a shell would take for a script of its own.
llblens_check() {
  llblens_status=126
  if [ ! -e "$llblens_program" ]; then
    llblens_status=127 llblens_why='No such file or directory'
  elif [ ! -f "$llblens_program" ] || [ ! -x "$llblens_program" ]; then
    llblens_why='Permission denied'
  else
    IFS= read -r -n 256 llblens_name <"$llblens_program"
    case $llblens_name in
      '#!'*)
        llblens_name=${WITHOUT_MARK}
        llblens_name=${WITHOUT_BLANKS}
        llblens_name=${FIRST_OF_LINE}
        if [ ! -e "$llblens_name" ]; then
          llblens_status=127 llblens_why='No such file or directory'
        elif [ ! -f "$llblens_name" ] || [ ! -x "$llblens_name" ]; then
          llblens_why='Permission denied'
        fi
        ;;
      ?ELF*) ;;
      *) llblens_why='Exec format error' ;;
    esac
  fi
  [ -z "$llblens_why" ]
}

llblens_build() {
  # Names only: what looks like one in the middle of a value of several lines is at worst unset too.
  set -f
  IFS='
'
  for llblens_name in $(export -p); do
    case $llblens_name in
      'export OTEL_'* | 'export TRACEPARENT'* | 'export TRACESTATE'* | 'export SHLVL'*)
        llblens_name=${WITHOUT_EXPORT}
        llblens_name=${WITHOUT_VALUE}
        case " $llblens_keep " in
          *[!A-Za-z0-9_\ ]* | *" $llblens_name "*) ;;
          *) case $llblens_name in *[!A-Za-z0-9_]*) ;; *) unset "$llblens_name" ;; esac ;;
        esac
        ;;
    esac
  done
  set +f
  IFS=' 	
'
  trap - HUP INT QUIT TERM
  llblens_run
}

# In Nix the builder is the first process, and when it ends the kernel ends all others. Here all but the
# first, this one, the one above it and what that one started beside it (tee) are ended by hand.
llblens_end_others() {
  set -- /proc/[0-9]*
  [ $# -gt 4 ] || return 0
  read -r llblens_self llblens_name </proc/self/stat
  for llblens_name in "$@" /proc/[0-9]*; do
    read -r llblens_name <"$llblens_name/stat" || continue
    case $llblens_name in
      '1 ('* | "$llblens_self ("* | "$llblens_above ("* | *') '?" $llblens_above "*) ;;
      *) kill -KILL "${PID_OF_STAT}" ;;
    esac
  done
} 2>/dev/null

exec 3>&1
llblens_status=$(
  read -r llblens_above llblens_name </proc/self/stat
  # The builder may send what it likes to all processes; these here have to stay.
  trap '' HUP INT QUIT TERM
  {
    if [ -z "$llblens_program" ] || llblens_check; then
      (llblens_build </dev/null 2>&1 3>&- 4>&-)
      llblens_status=$?
      llblens_end_others
      echo $llblens_status >&4
    else
      echo "error: executing '${PROGRAM}': $llblens_why"
      echo "$llblens_status $llblens_why" >&4
    fi | ${BUSYBOX} tee ${FULL_LOG} >&3 4>&-
  } 4>&1
)
exec 3>&-

# What the builder left running must not touch the outputs any more.
kill -KILL -1 2>/dev/null
IFS=' 	
'
export LC_ALL=C PATH=

# Each line is marked, as what the builder said may be shown between them.
rejected() {
  echo "$*" | bb sed 's/^/llb-lens: /' >&2
  exit ${EXIT_REJECTED}
}

[ -n "$llblens_status" ] || rejected "the builder of '$llblens_drv' killed every process of its sandbox, with it those that wait for it"
case $llblens_status in
  0) ;;
  *' '*)
    echo "llb-lens: executing '${PROGRAM}': ${WHY}" >&2
    exit "${STATUS}"
    ;;
  # The runner's own codes: only what stands on standard error, which no builder has, tells them apart.
  126 | 127 | ${EXIT_REJECTED} | ${EXIT_HASH_MISMATCH})
    echo "llb-lens: ${OWN_FAILURE} $llblens_status" >&2
    exit "$llblens_status"
    ;;
  *) exit "$llblens_status" ;;
esac

while read -r name path check; do
  [ -e "$path" ] || [ -L "$path" ] ||
    rejected "builder for '$llblens_drv' failed to produce output path for output '$name' at '$path'"
done <<END
$llblens_outputs
END

special=
while read -r name path check; do
  if [ -L "$path" ]; then
    bb touch -h -d @1 "$path"
  else
    # Directories that their owner may not enter are opened on the way.
    odd=$(${BUSYBOX} find "$path" \( -path "$path" -perm /022 -print \) -o \( -type d ! -perm -700 -exec ${BUSYBOX} chmod u+rwx {} \; \) \
      -o ! -type f ! -type d ! -type l -print)
    if [ -n "$odd" ]; then
      if [ "$odd" = "$path" ] && { [ -f "$path" ] || [ -d "$path" ]; }; then
        rejected "suspicious ownership or permission on '$path' for output '$name'; rejecting this build output"
      fi
      rejected "file '$odd' has an unsupported type"
    fi
    if [ -d "$path" ]; then
      deep=$(${BUSYBOX} find "$path" -mindepth ${TOO_DEEP} -print)
      [ -z "$deep" ] || rejected "path '$(echo "$deep" | bb head -n 1)' exceeds maximum NAR directory depth of 64"
    fi
    if [ -f "$path" ]; then
      if [ -x "$path" ]; then bb chmod 0555 "$path"; else bb chmod 0444 "$path"; fi
      bb touch -d @1 "$path"
    else
      # Two of them, as busybox's find goes on as it likes after what it is to run on many files at once.
      bb find "$path" -type f -perm -100 -exec ${BUSYBOX} chmod 0555 {} + \
        -o -type f -exec ${BUSYBOX} chmod 0444 {} + -o -type d -exec ${BUSYBOX} chmod 0555 {} +
      bb find "$path" -exec ${BUSYBOX} touch -h -d @1 {} +
    fi
  fi
  [ "$check" = - ] && [ ! -L "$path" ] || special=1
done <<END
$llblens_outputs
END

case "$special$llblens_checks$llblens_outputs" in
  1* | *'
'*)
    . ${LIBRARY}
    check_circle
    while read -r name path check; do
      rest=${AFTER_COLON}
      case ${METHOD} in
        -) ;;
        ca) content_address_all; break ;;
        *) check_fixed "${METHOD}" "${ALGORITHM}" "${HASH}" ;;
      esac
    done <<END
$llblens_outputs
END
    [ -z "$llblens_checks" ] || check_limits
    while read -r name path check; do
      [ ! -L "$path" ] || set_aside "$path" "${BASE_OF_PATH}"
    done <<END
$llblens_outputs
END
    ;;
  *) [ -z "$llblens_checks" ] || { . ${LIBRARY}; check_limits; } ;;
esac

[ ! -s ${FULL_LOG} ] || bb gzip -c ${FULL_LOG} >"$llblens_store/${LOG_NAME}"
exit 0
`;
