/**
 * The runner's library: hashes and archives, the reference scan, checks of outputs, and content
 * addresses, as shell functions for busybox's ash and awk. Read by the runner only where a derivation
 * needs them, and by the reporter.
 */
import { BLAKE3_FUNCTION } from './blake3-script';
import { CONTENT_ADDRESS_FUNCTIONS } from './content-address-script';
import { GUESS_FUNCTIONS } from './guess';
import {
  BUSYBOX,
  EXIT_HASH_MISMATCH,
  EXIT_REJECTED,
  KNOWN_DIR,
  linkFolder,
  STATE_DIR,
  WORK_DIR,
} from './tools';

const LENGTH_OF_1 = '${#1}';
const TARGET_WITHOUT_DOT = '${target%.}';
const LAST_PART_OF_ENTRY = '${entry##*/}';
const BASE_OF_1 = '${1##*/}';
const BASE_OF_PATH = '${path##*/}';
const NAME_OF_PATH = '${path##*/????????????????????????????????-}';
const FIRST_WORD_OF_GOT = '${got%% *}';
const UNDERSCORE_LINK = linkFolder('$2');

/** A text as it stands in a Nix archive, for a shell's `printf`: its length, itself, filled up to eight bytes. */
function archived(text: string): string {
  const filler = NUL.repeat((8 - (text.length % 8)) % 8);
  return `\\${text.length.toString(8).padStart(3, '0')}${NUL.repeat(7)}${text}${filler}`;
}
const NUL = '\\000';
const archivedAll = (...texts: readonly string[]): string => texts.map(archived).join('');

/** One byte of the number `$1` for a shell's `printf`, counted from the least significant. */
function byteOf1(index: number): string {
  const at = index * 8;
  return `\\\\$(($1 >> ${at + 6} & 3))$(($1 >> ${at + 3} & 7))$(($1 >> ${at} & 7))`;
}

/**
 * Nix archives and Git objects of a file tree, on stdout. A process takes a shell about as long as a
 * hundred steps of its own, so there is one a file, to copy its contents, and three a directory.
 */
const ARCHIVE_FUNCTIONS = String.raw`
# An integer as 8 bytes, least significant first.
nar_integer() {
  printf "${[0, 1, 2, 3, 4, 5].map(byteOf1).join('')}\000\000"
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

# The path $1, of $2 bytes where it is a file. Lists of what is in directories lie at $3.
nar_node() {
  if [ -L "$1" ]; then
    printf '${archivedAll('(', 'type', 'symlink', 'target')}'
    target=$(bb readlink -n "$1"; echo .)
    nar_string "${TARGET_WITHOUT_DOT}"
  elif [ -f "$1" ]; then
    if [ -x "$1" ]; then
      printf '${archivedAll('(', 'type', 'regular', 'executable', '', 'contents')}'
    else
      printf '${archivedAll('(', 'type', 'regular', 'contents')}'
    fi
    nar_integer "$2"
    [ "$2" = 0 ] || bb cat "$1"
    nar_padding "$2"
  else
    printf '${archivedAll('(', 'type', 'directory')}'
    bb find "$1" -mindepth 1 -maxdepth 1 -print0 | bb sort -z >"$3"
    bb xargs -0 -r ${BUSYBOX} stat -c %s <"$3" >"$3s"
    while IFS= read -r -d '' entry && read -r size <&4; do
      printf '${archivedAll('entry', '(', 'name')}'
      nar_string "${LAST_PART_OF_ENTRY}"
      printf '${archived('node')}'
      nar_node "$entry" "$size" "$3_"
      printf '${archived(')')}'
    done <"$3" 4<"$3s"
  fi
  printf '${archived(')')}'
}

nar() {
  printf '${archived('nix-archive-1')}'
  nar_node "$1" "$(bb stat -c %s "$1")" ${WORK_DIR}/nar
}

# The size of the archive: each text has its length before it, and is filled up to eight bytes.
nar_size() {
  {
    bb find "$1" -exec ${BUSYBOX} stat -c '%f %s' {} +
    bb find "$1" -mindepth 1 -print0 | bb tr '\n\000' '?\n' | bb sed 's,.*/,name ,'
  } | LC_ALL=C bb awk '
    function filled(length_) { return 8 + int((length_ + 7) / 8) * 8 }
    /^name / { total += 80 + filled(length($0) - 5); next }
    {
      total += 48
      kind = substr($1, 1, 1)
      if (kind == "4") total += 24
      else if (kind == "a") total += 32 + filled($2)
      # The owner may run it: 0x40 of its mode.
      else total += 32 + filled($2) + (index("4567cdef", substr($1, length($1) - 1, 1)) ? 32 : 0)
    }
    END { printf "%.0f", total + 24 }'
}

# The bytes of a hash in base 16.
hash_bytes() {
  printf "$(echo "$1" | bb sed 's/../\\x&/g')"
}

# The hash of a Git object: its kind, its size and the file that holds it.
git_object() {
  { printf '%s %s\0' "$1" "$(bb stat -c %s "$2")"; bb cat "$2"; } | bb "$git_algorithm"sum | bb cut -d' ' -f1
}

# The Git hash of a tree: mode and hash, a space between.
git_node() {
  if [ -L "$1" ]; then
    bb readlink -n "$1" >"$2.link"
    echo "120000 $(git_object blob "$2.link")"
  elif [ -f "$1" ]; then
    if [ -x "$1" ]; then set -- "$1" "$2" 100755; else set -- "$1" "$2" 100644; fi
    echo "$3 $(git_object blob "$1")"
  else
    : >"$2.tree"
    # Git sorts a directory as if its name ended in a slash.
    bb find "$1" -mindepth 1 -maxdepth 1 -print0 | while IFS= read -r -d '' entry; do
      if [ -d "$entry" ] && [ ! -L "$entry" ]; then
        printf '%s/\0' "$entry"
      else
        printf '%s\0' "$entry"
      fi
    done | bb sort -z | while IFS= read -r -d '' entry; do
      node=$(git_node "$(printf '%s' "$entry" | bb sed '$s,/$,,')" "$2_")
      entry=$(printf '%s' "$entry" | bb sed '$s,/$,,')
      printf '%s %s\0' "$(echo "$node" | bb cut -d' ' -f1)" "${LAST_PART_OF_ENTRY}" >>"$2.tree"
      hash_bytes "$(echo "$node" | bb cut -d' ' -f2)" >>"$2.tree"
    done
    echo "40000 $(git_object tree "$2.tree")"
  fi
}

# The hash of stdin by algorithm $1, in base 16.
hash_stdin() {
  case $1 in
    blake3)
      bb cat >${WORK_DIR}/hashed
      blake3_of ${WORK_DIR}/hashed
      ;;
    *) bb "$1"sum | bb cut -d' ' -f1 ;;
  esac
}

# The hash of the output $3, by method $1 and algorithm $2, in base 16.
hash_of() {
  case $1 in
    recursive) nar "$3" | hash_stdin "$2" ;;
    git)
      git_algorithm=$2
      git_node "$3" ${WORK_DIR}/git | bb cut -d' ' -f2
      ;;
    *) hash_stdin "$2" <"$3" ;;
  esac
}
`;

const REFERENCE_FUNCTIONS = String.raw`
# Everything in a Nix archive of $1 that can hold a reference: file names, link targets, contents.
mentions() {
  if [ -L "$1" ]; then
    bb readlink "$1"
  elif [ -f "$1" ]; then
    bb cat "$1"
  else
    bb find "$1" -mindepth 1 | bb cut -c$((${LENGTH_OF_1} + 2))-
    bb find "$1" -type l -exec ${BUSYBOX} readlink {} \;
    bb find "$1" -type f -exec ${BUSYBOX} cat {} +
  fi
}

# Of each line of stdin, a tree and a label: the label, and behind it the names in the file $1 (one a
# line) whose hashes the tree mentions. All trees go through the same processes, as to start these takes
# longer than to read a small output; a mark that nothing in them can hold stands before each.
mentioned_in_each() {
  bb cat >${WORK_DIR}/trees
  mark=z$(bb tr -dc 0-9a-df-np-sv-z </dev/urandom 2>/dev/null | bb head -c 40)
  while read -r tree label; do
    printf '\n%s\n' "$mark"
    mentions "$tree"
  done <${WORK_DIR}/trees | bb strings -n 32 | bb tr -cs 0-9a-df-np-sv-z '\n' | bb awk -v mark="$mark" '
    file == "names" { name[substr($0, 1, 32)] = $0; next }
    file == "trees" { $1 = ""; label[FNR] = substr($0, 2); next }
    $0 == mark {
      if (at) print line
      line = label[++at]
      next
    }
    length > 31 {
      for (from = length - 31; from > 0; from--) {
        hash = substr($0, from, 32)
        if ((hash in name) && seen[hash] != at) { line = line " " name[hash]; seen[hash] = at }
      }
    }
    END { if (at) print line }
  ' file=names "$1" file=trees ${WORK_DIR}/trees file=contents -
}

# The names of all in the store that the output $1 mentions, one a line. The store holds what the builder
# could see, and the outputs.
references() {
  if [ ! -f ${WORK_DIR}/names ]; then
    bb ls -A "$llblens_store" >${WORK_DIR}/names
    [ -z "$llblens_guess" ] || unseen /dev/null >${WORK_DIR}/doubts
  fi
  found=$(echo "$1" | mentioned_in_each ${WORK_DIR}/names)
  [ ! -s ${WORK_DIR}/doubts ] || ! settle "$found" || found=$(echo "$1" | mentioned_in_each ${WORK_DIR}/names)
  for reference in $found; do echo "$reference"; done
}
`;

const CHECK_FUNCTIONS = String.raw`
# Outputs may mention one another, but not in a circle.
check_circle() {
  case $llblens_outputs in *'
'*) ;; *) return ;; esac
  while read -r from from_path check; do
    for reference in $(references "$from_path"); do
      while read -r to to_path check; do
        [ "$from" = "$to" ] || [ "$to_path" != "$llblens_store/$reference" ] || echo "$from $to"
      done <<END
$llblens_outputs
END
    done
  done <<END >${WORK_DIR}/edges
$llblens_outputs
END
  circle=$(bb awk '
    { from[NR] = $1; to[NR] = $2; left[$1]; left[$2] }
    END {
      do {
        changed = 0
        for (node in left) {
          uses = 0
          for (i in from) if (from[i] == node && (to[i] in left)) uses = 1
          if (!uses) { delete left[node]; changed = 1; break }
        }
      } while (changed)
      for (node in left) for (i in from) if (from[i] == node && (to[i] in left)) {
        print "output '\''" to[i] "'\'' from output '\''" node "'\''"
        exit
      }
    }' ${WORK_DIR}/edges)
  [ -z "$circle" ] || rejected "cycle detected in build of '$llblens_drv' in the references of $circle"
}

sri() {
  echo "$1-$(hash_bytes "$2" | bb base64 -w0)"
}

flat_only() {
  case $1 in
    flat | text)
      { [ -f "$path" ] && [ ! -L "$path" ] && [ ! -x "$path" ]; } ||
        rejected "output path '$path' should be a non-executable regular file since recursive hashing is not enabled (one of outputHashMode={flat,text} is true)"
      ;;
  esac
}

refuse_references() {
  [ $# -eq 0 ] || rejected "fixed output derivation '${NAME_OF_PATH}' is not allowed to refer to other store paths, e.g. '$llblens_store/$1'"
}

# The output at path, held to method $1, algorithm $2 and hash $3.
check_fixed() {
  flat_only "$1"
  base=${BASE_OF_PATH}
  # Only these kinds of store paths have references at all; of them the hash is looked at first.
  case $1:$2:$(references "$path") in
    recursive:sha256:*) ;;
    text:sha256:*"$base"*) rejected "self-reference not allowed with text hashing" ;;
    text:sha256:*) ;;
    *) refuse_references $(references "$path") ;;
  esac
  case $1:$(references "$path") in
    recursive:*"$base"* | flat:*"$base"*)
      # Nix takes an output's own hash out of what it hashes.
      if [ "$1" = recursive ]; then nar "$path"; else bb cat "$path"; fi >${WORK_DIR}/archive
      got=$(hash_without "$2" "$(echo "$base" | bb cut -c1-32)" ${WORK_DIR}/archive)
      ;;
    *) got=$(hash_of "$1" "$2" "$path") ;;
  esac
  got=${FIRST_WORD_OF_GOT}
  if [ "$got" != "$3" ]; then
    echo "llb-lens: hash mismatch in fixed-output derivation '$llblens_drv':" >&2
    echo "llb-lens:          specified: $(sri "$2" "$3")" >&2
    echo "llb-lens:             got:    $(sri "$2" "$got")" >&2
    exit ${EXIT_HASH_MISMATCH}
  fi
  refuse_references $(references "$path")
}

# What is known of this store path: its name, the size of its archive, and its references.
known_line() {
  case $llblens_checks in
    *maxSize* | *maxClosureSize*) echo "${BASE_OF_1} $(nar "$1" | bb wc -c)" $(discards "$2" || references "$1") ;;
    *) echo "${BASE_OF_1} 0" $(discards "$2" || references "$1") ;;
  esac
}

discards() {
  case " $llblens_discards " in *" $1 "*) return 0 ;; *) return 1 ;; esac
}

# The limits that the derivation sets its outputs, a line each: OUTPUT LIMIT [-self] WORD…, where a word
# is the name of a store path, or @ and that of an output.
check_limits() {
  {
    [ ! -f ${KNOWN_DIR}/graph ] || bb cat ${KNOWN_DIR}/graph
    while read -r name path check; do
      known_line "$path" "$name"
    done <<END
$llblens_outputs
END
  } >${WORK_DIR}/graph
  {
    while read -r name path check; do
      echo "@ $name ${BASE_OF_PATH}"
    done <<END
$llblens_outputs
END
    echo "$llblens_checks"
  } >${WORK_DIR}/limits
  failure=$(bb awk -v store="$llblens_store" -v drv="$llblens_drv" '
    NR == FNR { size[$1] = $2; refs[$1] = ""; for (i = 3; i <= NF; i++) refs[$1] = refs[$1] " " $i; next }
    $1 == "@" { base[$2] = $3; names = names (names == "" ? "" : ", ") $2; next }
    !($1 in base) { next }
    {
      self = base[$1]; limit = $2; own = 1; first = 3
      if ($3 == "-self") { own = 0; first = 4 }
      split("", words); split("", used)
      for (i = first; i <= NF; i++) {
        word = substr($i, 2)
        if ($i !~ /^@/) words[$i]
        else if (word in base) words[base[word]]
        else if (word !~ "^/") {
          print "derivation '\''" drv "'\'' output check for '\''" $1 "'\'' contains output name '\''" word "'\'', but this is not a valid output of this derivation. (Valid outputs are [" names "].)"
          exit
        }
      }
      if (limit == "maxSize") {
        if (size[self] > $3) { print "path '\''" store "/" self "'\'' is too large at " size[self] " bytes; limit is " $3 " bytes"; exit }
        next
      }
      total = 0
      if (limit ~ /References/) { n = split(refs[self], list, " "); for (i = 1; i <= n; i++) used[list[i]] }
      else {
        split("", queue); queue[1] = self; end = 1
        for (at = 1; at <= end; at++) {
          one = queue[at]
          if (one in used) continue
          used[one]; total += size[one]
          n = split(refs[one], list, " ")
          for (i = 1; i <= n; i++) if (!(list[i] in used)) queue[++end] = list[i]
        }
        if (limit == "maxClosureSize") {
          if (total > $3) { print "closure of path '\''" store "/" self "'\'' is too large at " total " bytes; limit is " $3 " bytes"; exit }
          next
        }
        if (!own) delete used[self]
      }
      bad = ""
      for (one in used) if ((limit ~ /^allowed/) != (one in words)) bad = bad "\n  " store "/" one
      if (bad != "") { print "output '\''" store "/" self "'\'' is not allowed to refer to the following paths:" bad; exit }
    }' ${WORK_DIR}/graph ${WORK_DIR}/limits)
  [ -z "$failure" ] || rejected "$failure"
}

# A symlink $1 goes to a folder of its own, where whoever mounts it cannot land at its target.
set_aside() {
  bb mkdir "$llblens_store/${UNDERSCORE_LINK}"
  bb mv "$1" "$llblens_store/${UNDERSCORE_LINK}/"
}
`;

// A builder that made it beforehand would choose what is found in it: names, archives to be hashed.
const MAKE_WORK_DIR = `bb mkdir ${WORK_DIR} 2>/dev/null || {
  echo "llb-lens: the builder of '$llblens_drv' meddled with ${STATE_DIR}, which only the runner may use" >&2
  exit ${EXIT_REJECTED}
}
`;

export const LIBRARY_SCRIPT =
  '# Functions for the runner and the reporter.\n' +
  MAKE_WORK_DIR +
  BLAKE3_FUNCTION +
  ARCHIVE_FUNCTIONS +
  REFERENCE_FUNCTIONS +
  GUESS_FUNCTIONS +
  CHECK_FUNCTIONS +
  CONTENT_ADDRESS_FUNCTIONS;
