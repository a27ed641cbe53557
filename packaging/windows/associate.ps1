# Opens snapshots (*.vmisnap) of this user by a double click: associate.ps1 [PROGRAM], or -Remove.
# PROGRAM is the frozen vmi-console.exe; without one, that beside this file.
param([string] $Program = (Join-Path $PSScriptRoot "vmi-console.exe"), [switch] $Remove)

$classes = "HKCU:\Software\Classes"
$type = "VMIConsole.Snapshot"

if ($Remove) {
    Remove-Item "$classes\$type", "$classes\.vmisnap" -Recurse -ErrorAction SilentlyContinue
    return
}

$Program = (Resolve-Path $Program -ErrorAction Stop).Path
New-Item "$classes\.vmisnap" -Value $type -Force | Out-Null
New-Item "$classes\$type" -Value "Snapshot of an estate of virtual machines" -Force | Out-Null
New-Item "$classes\$type\DefaultIcon" -Value "`"$Program`",0" -Force | Out-Null
New-Item "$classes\$type\shell\open\command" -Value "`"$Program`" `"%1`"" -Force | Out-Null
