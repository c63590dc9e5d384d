#!/bin/bash
# certificates.sh DIR   Writes what TLS tests need into DIR, in a few tens of milliseconds:
#   ca.pem                 a root of our own
#   cert.pem, key.pem      signed by it, for localhost, 127.0.0.1 and ::1
#   self.pem, self-key.pem self-signed for the same names (CA:FALSE: rustls refuses a CA as end entity), for pinning
#   other.pem, other-key.pem  signed by the root, for other.example only: the wrong name
set -euo pipefail
cd "$1"
umask 077
names="subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1"

# new_key FILE: P-256, because an RSA key takes a second to find
new_key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1" 2>/dev/null; }

# signed NAME KEY SUBJECT ALTERNATIVE_NAMES: NAME.pem, by the root
signed() {
  new_key "$2"
  openssl req -new -key "$2" -subj "$3" -out "$1.csr" 2>/dev/null
  printf 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n%s\n' "$4" > "$1.ext"
  openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 30 -extfile "$1.ext" -out "$1.pem" 2>/dev/null
  rm "$1.csr" "$1.ext"
}

new_key ca-key.pem
openssl req -x509 -new -key ca-key.pem -days 30 -subj "/CN=mailhost test root" \
  -addext "keyUsage=critical,keyCertSign,cRLSign" -out ca.pem 2>/dev/null
signed cert key.pem "/CN=localhost" "$names"
signed other other-key.pem "/CN=other.example" "subjectAltName=DNS:other.example"
new_key self-key.pem
openssl req -x509 -new -key self-key.pem -days 30 -subj "/CN=localhost" \
  -addext "basicConstraints=critical,CA:FALSE" -addext "extendedKeyUsage=serverAuth" -addext "$names" -out self.pem 2>/dev/null
chmod 0644 ./*.pem
