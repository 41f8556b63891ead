"""Certificates for one batch: who has them may talk to its scheduler, and nobody else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from distributed import Security

NAME = "grader"
BEFORE, AFTER = timedelta(days=7), timedelta(days=90)  # clocks of machines may be off by days


def temporary() -> Security:
    """Keys for all parts of a cluster, in memory. Valid from some days ago on, for machines whose clock is behind.

    Raises ImportError without the package cryptography.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    built = x509.CertificateBuilder(
        name, name, key.public_key(), x509.random_serial_number(), now - BEFORE, now + AFTER
    )
    certificate = built.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    roles = ("client", "scheduler", "worker")
    given = {f"tls_{role}_{part}": value for role in roles for part, value in (("key", secret), ("cert", certificate))}
    return Security(require_encryption=True, tls_ca_file=certificate, **given)
