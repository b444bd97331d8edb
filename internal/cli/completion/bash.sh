# Completion of hdstest for bash 3.2 and later. Load it with:
#   source <(hdstest completion bash)
_hdstest() {
  local tab=$'\t' words=() i word line value
  # bash parts words at = as well; put them together again.
  for ((i = 1; i < COMP_CWORD + 1; i++)); do
    word=${COMP_WORDS[i]}
    if ((${#words[@]} > 0)) && { [[ $word == "=" ]] || [[ ${COMP_WORDS[i - 1]} == "=" ]]; }; then
      words[${#words[@]}-1]+=$word
    else
      words+=("$word")
    fi
  done
  local last=$((${#words[@]} - 1))
  words[last]=+${words[last]}
  COMPREPLY=()
  while IFS= read -r line; do
    value=${line%%"$tab"*}
    case $value in
      :*) ;; # files: readline's own completion does that
      --*=*) COMPREPLY+=("${value#*=}") ;;
      *) COMPREPLY+=("$value") ;;
    esac
  done < <("${COMP_WORDS[0]}" __complete "${words[@]}" 2>/dev/null)
}
complete -o bashdefault -o default -F _hdstest hdstest
