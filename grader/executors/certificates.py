"""Certificates for one batch: who has them may talk to its scheduler, and nobody else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

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


def in_files(security: Security, folder: Path) -> Security:
    """The same keys in files of a folder, for programs that read them from disk. Only their owner may read them."""
    keys = security.get_tls_config_for_role("client")
    paths = {name: folder / f"{name}.pem" for name in ("ca_file", "cert", "key")}
    for name, path in paths.items():
        path.touch(mode=0o600)
        path.write_text(keys[name])
    roles = ("client", "scheduler", "worker")
    given = {f"tls_{role}_{part}": str(paths[part]) for role in roles for part in ("key", "cert")}
    return Security(require_encryption=True, tls_ca_file=str(paths["ca_file"]), **given)
