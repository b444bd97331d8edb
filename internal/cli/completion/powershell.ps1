# Completion of hdstest for PowerShell 5.1 and later. Load it with:
#   hdstest completion powershell | Out-String | Invoke-Expression
# Not proved by a run: no PowerShell is part of the tests of hdstest.
Register-ArgumentCompleter -Native -CommandName hdstest -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $typed = @($commandAst.CommandElements |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition -or $_.Extent.Text -ne $wordToComplete } |
        ForEach-Object { $_.Extent.Text })
    $program = $typed[0]
    $typed = @($typed | Select-Object -Skip 1)
    & $program __complete @typed "+$wordToComplete" 2>$null | ForEach-Object {
        $value, $about = $_ -split "`t", 2
        if ($value -and -not $value.StartsWith(':')) {
            if (-not $about) { $about = $value }
            [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $about)
        }
    }
}
