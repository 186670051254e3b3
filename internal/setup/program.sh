[ -f "${TOXGEN_CONFIG:-toxgen.yaml}" ] || exit 0 # a commit from before there was a matrix

program=@PROGRAM@
[ -x "$program" ] || program=$(command -v toxgen)
case $program in
/* | [A-Za-z]:*) exec "$program" setup:precommit ;;
*) unchecked "there is no toxgen at "@PROGRAM@", nor on the PATH; install it, or run \`toxgen setup:undo\`" ;;
esac
