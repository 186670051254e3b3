package initialize

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"toxgen/internal/requirements"
)

// maximumImporting is how many files of one suite's tests are searched for an import.
const maximumImporting = 50

// imports reports whether tests import a module with the name of a project, other than one of the standard library. Without an import,
// that the index has such a name is no evidence: `tests/integrations/api` is hardly about a project that somebody registered as `api`, which every
// environment would install.
func (r *reader) imports(at, name string) bool {
	module := strings.ReplaceAll(name, "-", "_")
	if slices.Contains(standardLibrary, module) || projectOf(name) == "" {
		return false
	}
	quoted := regexp.QuoteMeta(module)
	statement := regexp.MustCompile(`(?mi)^[ \t]*(?:import|from)[ \t]+` + quoted + `(?:[ \t.,;#]|\r?$)|\bimportorskip\([ \t\r\n]*["']` + quoted + `["'.]`)
	files := []string{at}
	if path.Ext(at) != ".py" {
		files = r.pythonFiles(at)
	}
	return slices.ContainsFunc(files, func(file string) bool {
		data, err := r.files.Read(file)
		return err == nil && len(data) < requirements.MaximumSize && statement.Match(data)
	})
}

// pythonFiles returns the Python files in a folder and in the folders below it, [maximumImporting] at most.
func (r *reader) pythonFiles(folder string) (all []string) {
	level := []string{folder}
	for range maximumDepth {
		var below []string
		for _, folder := range level {
			files, _ := r.files.List(folder)
			for _, file := range files {
				if path.Ext(file) == ".py" && len(all) < maximumImporting {
					all = append(all, file)
				}
			}
			folders, _ := r.files.Folders(folder)
			below = append(below, folders...)
		}
		level = below[:min(len(below), maximumImporting)]
	}
	return all
}

// projectOfModule are the projects of well-known modules that have another name, normalised. A module with an empty one is of many
// projects. Projects with the names of these modules are unrelated or abandoned.
var projectOfModule = map[string]string{
	"attr": "attrs", "azure": "", "bs4": "beautifulsoup4", "cassandra": "cassandra-driver", "cv2": "opencv-python",
	"dateutil": "python-dateutil", "discord": "discord-py", "dns": "dnspython", "docx": "python-docx", "dotenv": "python-dotenv", "git": "gitpython",
	"github": "pygithub", "google": "", "graphql": "graphql-core", "grpc": "grpcio", "jose": "python-jose", "jwt": "pyjwt", "kafka": "kafka-python",
	"ldap": "python-ldap", "magic": "python-magic", "memcache": "python-memcached", "multipart": "python-multipart", "mysql": "mysql-connector-python",
	"mysqldb": "mysqlclient", "nacl": "pynacl", "openssl": "pyopenssl", "opentelemetry": "opentelemetry-api", "pil": "pillow",
	"rest-framework": "djangorestframework", "serial": "pyserial", "sklearn": "scikit-learn", "slugify": "python-slugify", "socketio": "python-socketio",
	"strawberry": "strawberry-graphql", "telegram": "python-telegram-bot", "win32api": "pywin32", "yaml": "pyyaml", "zmq": "pyzmq",
}

// projectOf returns the project that the module of a normalised name is of: that of this name unless it is known to be another one, or
// "" if it is of many.
func projectOf(name string) string {
	if project, known := projectOfModule[name]; known {
		return project
	}
	return name
}

// standardLibrary are the modules of the standard library, those that Python 3.12 and 3.13 removed included
// (https://docs.python.org/3/library/sys.html#sys.stdlib_module_names).
var standardLibrary = strings.Fields(`
	abc aifc annotationlib antigravity argparse array ast asynchat asyncio asyncore atexit audioop base64 bdb binascii bisect builtins
	bz2 cProfile calendar cgi cgitb chunk cmath cmd code codecs codeop collections colorsys compileall compression concurrent
	configparser contextlib contextvars copy copyreg crypt csv ctypes curses dataclasses datetime dbm decimal difflib dis distutils
	doctest email encodings ensurepip enum errno faulthandler fcntl filecmp fileinput fnmatch fractions ftplib functools gc
	genericpath getopt getpass gettext glob graphlib grp gzip hashlib heapq hmac html http idlelib imaplib imghdr imp importlib
	inspect io ipaddress itertools json keyword lib2to3 linecache locale logging lzma mailbox mailcap marshal math mimetypes mmap
	modulefinder msilib msvcrt multiprocessing netrc nis nntplib nt ntpath nturl2path numbers opcode operator optparse os ossaudiodev
	pathlib pdb pickle pickletools pipes pkgutil platform plistlib poplib posix posixpath pprint profile pstats pty pwd py_compile
	pyclbr pydoc pydoc_data pyexpat queue quopri random re readline reprlib resource rlcompleter runpy sched secrets select selectors
	shelve shlex shutil signal site smtpd smtplib sndhdr socket socketserver spwd sqlite3 sre_compile sre_constants sre_parse ssl stat
	statistics string stringprep struct subprocess sunau symtable sys sysconfig syslog tabnanny tarfile telnetlib tempfile termios
	textwrap this threading time timeit tkinter token tokenize tomllib trace traceback tracemalloc tty turtle turtledemo types typing
	unicodedata unittest urllib uu uuid venv warnings wave weakref webbrowser winreg winsound wsgiref xdrlib xml xmlrpc zipapp zipfile
	zipimport zlib zoneinfo`)
