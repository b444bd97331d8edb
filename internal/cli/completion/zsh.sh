#compdef hdstest
# Completion of hdstest for zsh. Load it with:
#   source <(hdstest completion zsh)
# or put it as _hdstest into a folder of $fpath.
_hdstest() {
  local -a lines values typed
  local line value files
  typed=("${(@Q)words[2,CURRENT]}")
  typed[-1]="+${typed[-1]}"
  lines=("${(@f)$("${words[1]}" __complete "${typed[@]}" 2>/dev/null)}")
  for line in "${lines[@]}"; do
    value=${line%%$'\t'*}
    case $value in
      '') ;;
      :*) files=1 ;;
      *) values+=("${value//:/\\:}:${line#*$'\t'}") ;;
    esac
  done
  (( ${#values} )) && _describe -t words hdstest values
  [[ -n $files ]] && _files
  return 0
}
if [[ ${funcstack[1]} == _hdstest ]]; then
  _hdstest "$@"
else
  compdef _hdstest hdstest
fi
