[ -f magefiles/magefile.go ] || exit 0 # a commit from before there was toxgen

# Status 75 means that the sources changed since the program was compiled.
if [ -x "$state/toxgen" ]; then
	"$state/toxgen" setup:precommit
	status=$?
	[ $status = 75 ] || exit $status
fi
go=@GO@
command -v go >/dev/null 2>&1 || PATH=$PATH:$go
command -v go >/dev/null 2>&1 || unchecked "its program has to be compiled, and go is not on the PATH"
echo "toxgen: compiling the check, since its sources changed" >&2
exec go tool mage setup:precommit
