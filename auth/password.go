package auth

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Cost of a password's hash: the second recommended option of RFC 9106, section 4 (memory 64 MiB, three passes, four lanes).
const (
	argonTime    = 3
	argonMemory  = 64 * 1024
	argonThreads = 4
	argonKey     = 32
)

// phc is how a hash is written: the PHC string format.
const phc = "$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s"

// seal hashes a password with a salt of its own.
func seal(password string) string {
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // crypto/rand.Read never fails: it stops the program instead
	key := argon2.IDKey([]byte(password), salt, argonTime, argonMemory, argonThreads, argonKey)
	return fmt.Sprintf(phc, argon2.Version, argonMemory, argonTime, argonThreads,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key))
}

// verify says whether the password is the one that was sealed. Without a hash it takes as long and says no, so that the time of the answer does not
// tell which names exist.
func verify(sealed *string, password string) bool {
	salt, want := make([]byte, 16), make([]byte, argonKey)
	ok := false
	if sealed != nil {
		parts := strings.Split(*sealed, "$")
		if len(parts) == 6 {
			s, err1 := base64.RawStdEncoding.DecodeString(parts[4])
			k, err2 := base64.RawStdEncoding.DecodeString(parts[5])
			if err1 == nil && err2 == nil && len(k) == argonKey {
				salt, want, ok = s, k, true
			}
		}
	}
	got := argon2.IDKey([]byte(password), salt, argonTime, argonMemory, argonThreads, argonKey)
	return subtle.ConstantTimeCompare(got, want) == 1 && ok
}
