"""SHA-256 of every file, and an ed25519 signature over the list, as ssh-keygen makes and checks them."""
import hashlib
import subprocess

NAMESPACE = "cambium-release"
WHO = "release@cambium"


def write(release, key):
    files = sorted(path for path in release.out.iterdir())
    text = "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files)
    sums = release.out / "SHA256SUMS"
    sums.write_text(text)
    if not key:
        return
    subprocess.run(["ssh-keygen", "-q", "-Y", "sign", "-f", key, "-n", NAMESPACE, sums], check=True, capture_output=True, text=True)
    public = subprocess.run(["ssh-keygen", "-y", "-f", key], check=True, capture_output=True, text=True).stdout.split()
    if public[0] != "ssh-ed25519":
        raise SystemExit(f"{key} is no ed25519 key")
    # For whoever has the key from elsewhere to compare it with, and for scripts that have.
    (release.out / "allowed_signers").write_text(f'{WHO} namespaces="{NAMESPACE}" {public[0]} {public[1]}\n')
