# `@SETUP@` wrote this file and replaces it, unless it was changed. In the folder of a project, `@SETUP@:undo` removes the project.
#
# It checks what is staged, not the files in the folder, if toxgen reads or writes one of the staged files. It needs no network. CI
# checks the same: if toxgen cannot be run here, the commit is not refused. `git commit --no-verify` commits without it.

state=$(git rev-parse --absolute-git-dir)/toxgen
# git tells a hook which repository and which index it commits from. Only the latter is passed on.
index=$GIT_INDEX_FILE
unset $(git rev-parse --local-env-vars)
if [ -n "$index" ]; then
	case $index in
	/* | [A-Za-z]:*) ;;
	*) index=$PWD/$index ;; # it is read in the folders of the projects
	esac
	GIT_INDEX_FILE=$index
	export GIT_INDEX_FILE
fi
TOXGEN_OFFLINE=1
export TOXGEN_OFFLINE

unchecked() {
	printf 'toxgen: THE COMMIT IS NOT CHECKED%s: %s\n' "$where" "$1" >&2
	exit 0
}

enter() {
	[ "$1" = . ] && where= || where=" in the folder $1"
	cd "./$1" 2>/dev/null && [ -f "${TOXGEN_CONFIG:-toxgen.yaml}" ] || exit 0 # a commit from before there was a matrix
}

# program FOLDER PROGRAM
program() (
	enter "$1"
	program=$2
	[ -x "$program" ] || program=$(command -v toxgen)
	case $program in
	/* | [A-Za-z]:*) exec "$program" setup:precommit ;;
	*) unchecked "there is no toxgen at $2, nor on the PATH; install it, or run \`toxgen setup:undo\`" ;;
	esac
)

# sources FOLDER GO COMPILED: the folder of the go command, and that of the program in the state folder
sources() (
	enter "$1"
	[ -f magefiles/magefile.go ] || exit 0 # a commit from before there was toxgen

	# Status 75 means that the sources changed since the program was compiled.
	if [ -x "$state/$3/toxgen" ]; then
		"$state/$3/toxgen" setup:precommit
		status=$?
		[ $status = 75 ] || exit $status
	fi
	command -v go >/dev/null 2>&1 || PATH=$PATH:$2
	command -v go >/dev/null 2>&1 || unchecked "its program has to be compiled, and go is not on the PATH"
	echo "toxgen: compiling the check, since its sources changed" >&2
	exec go tool mage setup:precommit
)

status=0
check() {
	"$@" && return
	status=$?
	[ "$2" = . ] || printf 'toxgen: this is about the project in the folder %s, in which the commands have to be run\n' "$2" >&2
}
@PROJECTS@
exit $status
