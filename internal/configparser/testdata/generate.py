"""Writes ini.json: what Python's configparser, as setuptools uses it, makes of each text."""
import configparser
import io
import json
import pathlib

TEXTS = [
    "[a]\nb = c\n", "[a]\nb=c\nd:e\nf = g = h\n", "[a]\nb =\n  c\n  d\n", "[a]\nb = c\n\n  d\n\n\n[e]\nf = g\n",
    "[a]\nb =\n  c\n# d\n  ; e\n  f\n", "[a]\nb = c # d\ne = f ; g\n", "# a\n; b\n\n[c]\nd = e\n", "[a]\n  b = c\n  d = e\n    f\n  g = h\n",
    "[a]\nb = c\n  d = e\n", "[a] b\nc = d\n", "[a]]\nb = c\n", "[DEFAULT]\na = b\n[c]\nd = e\n", "[a]\nB = c\nb = d\n", "[a]\nb = %(c)s\n",
    "[a]\r\nb =\r\n\tc\r\n", "[a]\rb = c\r", "[a]\nb\u00a0=\u2003c\n", "[a]\nb = c\n\x0c\n  d\n", "[a]\nb =\n\n\n  c\n", "[a]\nb = \n", "[a.b]\nc d = e\n",
    "a = b\n", "[a]\nb\n", "[a]\nb = c\nb = d\n", "[a]\nb = c\n[a]\nd = e\n", "[a]\n= b\n", "[]\na = b\n", "[a]\nb = c\n [d]\n", "", "\n\n", "[a]\n",
    "[a]\nb = c\n\td\n  e\n", "[a\nb = c\n", "[a]\nb = é\n  ü = ö\n", "[a]\nb = [c]\n", "[a]\n[b] = c\n", "[a]\nb = \x1cc\x1c\n",
]

vectors = []
for text in TEXTS:
    parser = configparser.RawConfigParser()
    parser.optionxform = str
    try:
        parser.read_file(io.StringIO(text, newline=None))
        want = {s: {o: parser.get(s, o) for o in parser.options(s)} for s in parser.sections()}
    except configparser.Error:
        want = None
    vectors.append({"text": text, "want": want})
pathlib.Path(__file__).with_name("ini.json").write_text(json.dumps(vectors, indent=1, ensure_ascii=True) + "\n")
