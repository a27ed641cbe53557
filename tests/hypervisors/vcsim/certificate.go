package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"sync"
	"time"
)

const certificateFile = "certificate.pem"

// Certificates is what the simulator shows of itself; another can be chosen while it runs, for new connections.
type Certificates struct {
	mu     sync.Mutex
	shown  *tls.Certificate
	choice map[string]*tls.Certificate
}

// newCertificates makes a self-signed certificate, or finds the one an earlier start made in this folder: a console that
// trusted it must still do so after a restart.
func newCertificates() (*Certificates, error) {
	now := time.Now()
	original, err := load(certificateFile)
	if os.IsNotExist(err) {
		if original, err = selfSigned(now.Add(-time.Hour), now.AddDate(5, 0, 0)); err == nil {
			err = save(certificateFile, original)
		}
	}
	if err != nil {
		return nil, err
	}
	changed, err := selfSigned(now.Add(-time.Hour), now.AddDate(5, 0, 0))
	if err != nil {
		return nil, err
	}
	expired, err := selfSigned(now.AddDate(-2, 0, 0), now.AddDate(-1, 0, 0))
	if err != nil {
		return nil, err
	}
	return &Certificates{
		shown:  original,
		choice: map[string]*tls.Certificate{"original": original, "changed": changed, "expired": expired},
	}, nil
}

func (c *Certificates) show(name string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	certificate, known := c.choice[name]
	if !known {
		return fmt.Errorf("no certificate %q", name)
	}
	c.shown = certificate
	return nil
}

func (c *Certificates) config() *tls.Config {
	return &tls.Config{
		MinVersion:             tls.VersionTLS12,
		SessionTicketsDisabled: true, // a resumed session would not show a changed certificate
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			c.mu.Lock()
			defer c.mu.Unlock()
			return c.shown, nil
		},
	}
}

func selfSigned(from, to time.Time) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	name := pkix.Name{CommonName: "vcsim", Organization: []string{"VMI Console laboratory"}}
	template := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               name,
		NotBefore:             from,
		NotAfter:              to,
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
		IsCA:                  true,
		DNSNames:              []string{"localhost"},
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}

func save(file string, certificate *tls.Certificate) error {
	key, err := x509.MarshalECPrivateKey(certificate.PrivateKey.(*ecdsa.PrivateKey))
	if err != nil {
		return err
	}
	var text bytes.Buffer
	_ = pem.Encode(&text, &pem.Block{Type: "CERTIFICATE", Bytes: certificate.Certificate[0]})
	_ = pem.Encode(&text, &pem.Block{Type: "EC PRIVATE KEY", Bytes: key})
	return os.WriteFile(file, text.Bytes(), 0o600)
}

func load(file string) (*tls.Certificate, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	certificate, err := tls.X509KeyPair(text, text)
	return &certificate, err
}
