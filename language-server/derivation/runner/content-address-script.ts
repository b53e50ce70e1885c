/**
 * Content addresses: outputs whose paths follow from what they hold. They are built at provisional
 * paths; this finds the final ones, puts them where the provisional ones stand, and moves the outputs.
 *
 * Nix: the hash of an archive with the output's own hash replaced by NUL bytes (its code means to add
 * the places where it stood, but 2.34 adds none); then a store path of type `source` with the
 * references, for recursive sha256, of type `text`, or of `fixed:out:`.
 */
import { BUSYBOX, REPORT_NAME, WORK_DIR } from './tools';

const NAME_OF_BASE = '${base#*-}';
const BASE_OF_PATH = '${path##*/}';
const BASE_OF_FILE = '${file##*/}';
const FOLDER_OF_FILE = '${file%/*}';
const AFTER_COLON = '${check#*:}';
const METHOD = '${rest%%:*}';
const ALGORITHM = '${rest#*:}';
const AFTER_MARK = '${check#@}';
const TARGET_WITHOUT_DOT = '${target%.}';

export const CONTENT_ADDRESS_FUNCTIONS = String.raw`
# Where the text $2 stands in the file $1: offsets, a line each.
offsets() {
  bb strings -t d -n 32 "$1" | bb awk -v text="$2" '
    match($0, /[0-9]+ /) {
      at = substr($0, RSTART, RLENGTH - 1) + 0
      rest = substr($0, RSTART + RLENGTH)
      while (found = index(rest, text)) {
        print at + found - 1
        at += found + length(text) - 1
        rest = substr(rest, found + length(text))
      }
    }'
}

# Puts the text $3 where the text $2, of the same length, stands in the tree $1. Nix does so in the
# archive, where the names of a folder must still be in order afterwards.
rewrite_tree() {
  bb find "$1" -mindepth 1 -name "*$2*" -print0 | while IFS= read -r -d '' file; do
    bb ls -A "${FOLDER_OF_FILE}" | bb sort | bb sed "s/$2/$3/g" | bb sort -c 2>/dev/null ||
      rejected 'bad archive: NAR directory is not sorted'
  done || exit $?
  bb find "$1" -type f -print0 | while IFS= read -r -d '' file; do
    offsets "$file" "$2" | while read -r at; do
      bb chmod u+w "$file"
      printf %s "$3" | bb dd of="$file" bs=1 seek="$at" conv=notrunc 2>/dev/null
    done
  done
  bb find "$1" -type l -print0 | while IFS= read -r -d '' file; do
    target=$(bb readlink -n "$file"; echo .)
    target=${TARGET_WITHOUT_DOT}
    case $target in
      *"$2"*)
        bb chmod u+w "${FOLDER_OF_FILE}"
        bb ln -sfn "$(printf '%s' "$target" | bb sed "s/$2/$3/g")" "$file"
        ;;
    esac
  done
  bb find "$1" -mindepth 1 -depth -name "*$2*" -print0 | while IFS= read -r -d '' file; do
    bb chmod u+w "${FOLDER_OF_FILE}"
    [ -L "$file" ] || [ ! -d "$file" ] || bb chmod u+w "$file"
    bb mv "$file" "${FOLDER_OF_FILE}/$(printf '%s' "${BASE_OF_FILE}" | bb sed "s/$2/$3/g")"
  done
}

# The hash part of a store path: the sha256 in base 16 on stdin, folded to 20 bytes, in base 32.
path_hash() {
  bb awk '{
    for (i = 0; i < 32; i++) {
      byte = (index("0123456789abcdef", substr($1, 2 * i + 1, 1)) - 1) * 16 + index("0123456789abcdef", substr($1, 2 * i + 2, 1)) - 1
      fold[i % 20] = xor(fold[i % 20] + 0, byte)
    }
    for (digit = 31; digit >= 0; digit--) {
      at = int(digit * 5 / 8); shift = digit * 5 % 8
      value = and(or(rshift(fold[at], shift), lshift(fold[at + 1] + 0, 8 - shift)), 31)
      text = text substr("0123456789abcdfghijklmnpqrsvwxyz", value + 1, 1)
    }
    print text
  }'
}

# The hash of the file $3 by algorithm $1 without the store hash $2 that it may hold itself.
hash_without() {
  offsets "$3" "$2" | while read -r at; do
    bb dd if=/dev/zero of="$3" bs=1 count=32 seek="$at" conv=notrunc 2>/dev/null
  done
  hash_stdin "$1" <"$3"
}

# Addresses one output, whose references to others are final: name, path and check are its. Leaves its
# final path in moved, its address in address, and a mark in present where an input has that very path.
content_address() {
  rest=${AFTER_COLON}
  method=${METHOD}
  algorithm=${ALGORITHM}
  base=${BASE_OF_PATH}
  own=$(echo "$base" | bb cut -c1-32)
  flat_only "$method"
  references "$path" >${WORK_DIR}/refs
  mentions_itself=$(bb grep -xF "$base" ${WORK_DIR}/refs)
  self=$mentions_itself
  others=$(bb grep -vxF "$base" ${WORK_DIR}/refs | bb sort)
  ! discards "$name" || { self= others=; }
  case $method in
    git) hash=$(hash_of git "$algorithm" "$path") ;;
    recursive)
      nar "$path" >${WORK_DIR}/archive
      hash=$(hash_without "$algorithm" "$own" ${WORK_DIR}/archive)
      ;;
    *)
      bb cat "$path" >${WORK_DIR}/archive
      hash=$(hash_without "$algorithm" "$own" ${WORK_DIR}/archive)
      ;;
  esac
  [ "$method" != text ] || [ -z "$self" ] || rejected "self-reference not allowed with text hashing"
  case $method in recursive) address=fixed:r: ;; git) address=fixed:git: ;; text) address=text: ;; *) address=fixed: ;; esac
  address=$address$algorithm:$hash
  case $method:$algorithm in
    recursive:sha256 | text:sha256)
      kind=source
      [ "$method" = recursive ] || kind=text
      for reference in $others; do kind="$kind:$llblens_store/$reference"; done
      [ -z "$self" ] || kind="$kind:self"
      ;;
    *)
      [ -z "$self$others" ] ||
        rejected "fixed output derivation '${NAME_OF_BASE}' is not allowed to refer to other store paths."
      kind=output:out
      prefix=
      case $method in recursive) prefix=r: ;; git) prefix=git: ;; esac
      hash=$(printf %s "fixed:out:$prefix$algorithm:$hash:" | bb sha256sum | bb cut -d' ' -f1)
      ;;
  esac
  final=$(printf %s "$kind:sha256:$hash:$llblens_store:${NAME_OF_BASE}" | bb sha256sum | path_hash)
  [ -z "$mentions_itself" ] || rewrite_tree "$path" "$own" "$final"
  moved="$llblens_store/$final-${NAME_OF_BASE}"
  present=
  if [ "$moved" != "$path" ] && { [ -e "$moved" ] || [ -L "$moved" ]; }; then
    present=@
    [ -L "$path" ] || bb chmod -R u+w "$path"
    bb rm -rf "$path"
  elif [ "$moved" != "$path" ]; then
    [ -L "$path" ] || [ ! -d "$path" ] || bb chmod u+w "$path"
    bb mv "$path" "$moved"
  fi
  if [ -n "$present" ]; then
    :
  elif [ -L "$moved" ]; then
    bb touch -h -d @1 "$moved"
  else
    bb find "$moved" -type f -perm -100 -exec ${BUSYBOX} chmod 0555 {} + \
      -o -type f -exec ${BUSYBOX} chmod 0444 {} + -o -type d -exec ${BUSYBOX} chmod 0555 {} +
    bb find "$moved" -exec ${BUSYBOX} touch -h -d @1 {} +
  fi
  bb sed -i "s/^$base\$/$final-${NAME_OF_BASE}/" ${WORK_DIR}/names
}

# Addresses all outputs, those first that refer to no other. The outputs' lines then hold the final
# paths, and the report says them with their addresses (the hash in base 16); @ marks the paths that
# inputs have already.
content_address_all() {
  done_lines=
  left=$llblens_outputs
  while [ -n "$left" ]; do
    progress=
    next=
    while read -r name path check; do
      waits=
      for reference in $(references "$path"); do
        [ "$reference" = "${BASE_OF_PATH}" ] || case "$left" in *"/$reference "*) waits=1 ;; esac
      done
      if [ -n "$waits" ] || [ -n "$progress" ]; then
        next="$next$name $path $check
"
        continue
      fi
      progress="$path"
      content_address
      done_lines="$done_lines$name $moved $present$address
"
    done <<END
$left
END
    [ -n "$progress" ] || rejected "cycle detected in build of '$llblens_drv'"
    left=$(printf %s "$next")
    # The others now mention the final path.
    old=$(echo "$progress" | bb sed 's,.*/,,' | bb cut -c1-32)
    if [ -n "$left" ]; then
      while read -r name path check; do
        rewrite_tree "$path" "$old" "$final"
      done <<END
$left
END
    fi
  done
  llblens_outputs=$(printf %s "$done_lines")
  while read -r name path check; do
    case $check in @*) present=@ ;; *) present= ;; esac
    echo "$name $present${BASE_OF_PATH} ${AFTER_MARK}" $(references "$path")
  done <<END >"$llblens_store/${REPORT_NAME}"
$llblens_outputs
END
}
`;
