/**
 * What each shell runs at start-up. All ask `lamella completion SHELL -- WORDS`, the words up to the cursor: its first line
 * says whether names of files or folders belong there too, and each further one is a word, a tab and what it means.
 */
export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

/** bash cuts words at = and : as well (COMP_WORDBREAKS): they are joined again, and what comes back is cut where bash cut. */
const BASH = `# bash completion of lamella: eval "$(lamella completion bash)" in ~/.bashrc
_lamella() {
  local rest=\${COMP_LINE:0:COMP_POINT} trimmed piece='' i
  local -a words=()
  for ((i = 0; i <= COMP_CWORD; i++)); do
    trimmed=\${rest#"\${rest%%[![:space:]]*}"}
    piece=\${COMP_WORDS[i]}
    ((i == COMP_CWORD)) && piece=$trimmed
    if ((i == 0)) || [[ $trimmed != "$rest" || -z $rest ]]; then
      words+=("$piece")
    else
      words[\${#words[@]}-1]+=$piece
    fi
    rest=\${trimmed#"$piece"}
  done
  local current=\${words[\${#words[@]}-1]}
  local before=\${current%"$piece"}
  local -a plain=("\${words[@]//[\\"\\'\\\\]/}")
  local -a command=("\${words[0]}")
  type -P -- "\${words[0]}" >/dev/null || command=(npx --no lamella)
  local line also=''
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ -z $also ]]; then
      also=$line
    else
      line=\${line%%$'\\t'*}
      COMPREPLY+=("\${line#"$before"}")
    fi
  done < <("\${command[@]}" completion bash -- "\${plain[@]:1}" 2>/dev/null)
  if ((\${#COMPREPLY[@]} == 0)); then
    case $also in
      files) compopt -o default 2>/dev/null ;;
      folders) compopt -o dirnames 2>/dev/null ;;
    esac
  elif ((\${#COMPREPLY[@]} == 1)) && [[ \${COMPREPLY[0]} == *= ]]; then
    compopt -o nospace 2>/dev/null
  fi
}
complete -F _lamella lamella
`;

const ZSH = `#compdef lamella
# zsh completion of lamella: in ~/.zshrc, after compinit, source <(lamella completion zsh)
_lamella() {
  local -a lines shown
  local line also
  lines=("\${(@f)$("\${words[1]}" completion zsh -- "\${(@Q)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null)}")
  also=\${lines[1]}
  for line in "\${(@)lines[2,-1]}"; do
    [[ -n $line ]] || continue
    if [[ $line == *$'\\t'* ]]; then
      shown+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
    else
      shown+=("\${line//:/\\\\:}")
    fi
  done
  if ((\${#shown})); then
    if ((\${#shown} == 1)) && [[ \${shown[1]%%:*} == *= ]]; then
      _describe lamella shown -S ''
    else
      _describe lamella shown
    fi
  fi
  case $also in
    files) [[ $PREFIX == --*=* ]] && compset -P '*='; _files ;;
    folders) [[ $PREFIX == --*=* ]] && compset -P '*='; _files -/ ;;
  esac
}
compdef _lamella lamella
`;

const FISH = `# fish completion of lamella: lamella completion fish > ~/.config/fish/completions/lamella.fish
function __lamella_complete
    set -l typed (commandline -opc)
    set -l current (commandline -ct)
    set -l lines ($typed[1] completion fish -- $typed[2..-1] "$current" 2>/dev/null)
    set -l prefix (string match -r -- '^--[^=]+=' "$current")
    for line in $lines[2..-1]
        echo $line
    end
    switch "$lines[1]"
        case files
            for path in (__fish_complete_path (string replace -- "$prefix" '' "$current"))
                echo "$prefix$path"
            end
        case folders
            for path in (__fish_complete_directories (string replace -- "$prefix" '' "$current"))
                echo "$prefix$path"
            end
    end
end
complete -c lamella -f -a '(__lamella_complete)'
`;

export const SCRIPTS: { readonly [S in Shell]: string } = { bash: BASH, zsh: ZSH, fish: FISH };
