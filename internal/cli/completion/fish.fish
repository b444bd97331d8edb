# Completion of hdstest for fish. Load it with:
#   hdstest completion fish | source
function __hdstest_complete
    set -l typed (commandline -opc)
    set -l program $typed[1]
    set -e typed[1]
    set -l current (commandline -ct)
    for line in ($program __complete $typed "+$current" 2>/dev/null)
        switch $line
            case ':*'
                __fish_complete_path "$current"
            case '*'
                echo $line
        end
    end
end
complete -c hdstest -f -a '(__hdstest_complete)'
