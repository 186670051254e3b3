package pypi

import (
	"testing"
)

func TestNetrc(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"one line", "machine index.example login user password secret", "user:secret"},
		{"lines", "machine index.example\n\tlogin user\n\tpassword secret\n", "user:secret"},
		{"carriage returns", "machine index.example\r\nlogin user\r\npassword secret\r\n", "user:secret"},
		{"other case", "machine Index.Example login user password secret", "user:secret"},
		{"another machine", "machine files.example login user password secret", ""},
		{"part of a name", "machine index login user password secret", ""},
		{"first of two", "machine index.example login a password b machine index.example login c password d", "a:b"},
		{"after another", "machine a login b password c machine index.example login user password secret machine d login e password f", "user:secret"},
		{"default", "machine a login b password c default login user password secret", "user:secret"},
		{"machine after default", "default login a password b machine index.example login user password secret", "user:secret"},
		{"account", "machine index.example account login login user password secret", "user:secret"},
		{"no password", "machine index.example login user", "user:"},
		{"no login", "machine index.example password secret", ""},
		{"without a machine", "login user password secret", ""},
		{"comments", "# machine index.example login a password b\nmachine index.example # c\nlogin user password #secret # d", "user:#secret"},
		{"quotes", `machine "index.example" login "us er" password "se\"cr\\et"`, `us er:se"cr\et`},
		{"open quote", `machine index.example login user password "secret`, "user:secret"},
		{"macro", "macdef init\nmachine index.example login a password b\n\nmachine index.example login user password secret", "user:secret"},
		{"macro to the end", "machine index.example login user password secret macdef x\ndefault login a password b", "user:secret"},
		{"unknown words", "machine index.example port 443 login user password secret", "user:secret"},
		{"words that are values", "machine machine login default password macdef machine index.example login user password secret", "user:secret"},
		{"ends with a keyword", "machine index.example login user password secret machine", "user:secret"},
		{"empty", "", ""},
		{"blanks", " \n\t\n", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got string
			if user := parseNetrc(test.text, "index.example"); user != nil {
				password, _ := user.Password()
				got = user.Username() + ":" + password
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// FuzzNetrc checks that the credentials have a user name, and that earlier entries for other machines do not matter.
func FuzzNetrc(f *testing.F) {
	f.Add("machine index.example login user password secret # c\ndefault login \"a\\\"b\" macdef x\n\n", "index.example")
	f.Fuzz(func(t *testing.T, text, host string) {
		user := parseNetrc(text, host)
		if user == nil {
			return
		}
		if user.Username() == "" {
			t.Error("an entry without a login")
		}
		if again := parseNetrc("machine other login a password b\n"+text, host); host != "other" && again.String() != user.String() {
			t.Errorf("an entry of another machine changes %s to %s", user, again)
		}
	})
}
