# `@SETUP@` wrote this file and replaces it, unless it was changed; `@SETUP@:undo` removes it.
#
# It checks what is staged, not the files in the folder, if toxgen reads or writes one of the staged files. It needs no network. CI
# checks the same: if toxgen cannot be run here, the commit is not refused. `git commit --no-verify` commits without it.

unchecked() {
	echo "toxgen: THE COMMIT IS NOT CHECKED: $1" >&2
	exit 0
}

state=$(git rev-parse --git-dir)/toxgen/hook
# git tells a hook which repository and which index it commits from. Only the latter is passed on.
index=$GIT_INDEX_FILE
unset $(git rev-parse --local-env-vars)
if [ -n "$index" ]; then
	GIT_INDEX_FILE=$index
	export GIT_INDEX_FILE
fi
TOXGEN_OFFLINE=1
export TOXGEN_OFFLINE

