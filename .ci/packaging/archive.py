"""One archive for each target: what a package of a system would put below /usr/local."""
import gzip
import io
import tarfile


def write(release, target, program, texts, materials):
    name = f"cambium-{release.version}-{target}"
    files = {"bin/cambium": (program.read_bytes(), 0o755), "README.md": (release.readme(), 0o644),
             "share/doc/cambium/sbom.cdx.json": (materials, 0o644)}
    for path in release.LICENSES:
        files[f"share/doc/cambium/{path}"] = ((release.root / path).read_bytes(), 0o644)
    for path in sorted((release.root / "deploy/systemd").glob("*.service")) + sorted((release.root / "deploy/nats").glob("*.conf")):
        files[f"share/doc/cambium/{path.parent.name}/{path.name}"] = (path.read_bytes(), 0o644)
    for path, text in texts.items():
        files[path] = (text, 0o644)
    (release.out / f"{name}.tar.gz").write_bytes(packed(release, {f"{name}/{path}": file for path, file in files.items()}))


def packed(release, files):
    """A tar.gz that is the same bytes whenever and by whomever it is made."""
    bare = io.BytesIO()
    with tarfile.open(fileobj=bare, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path, (content, mode) in sorted(files.items()):
            entry = tarfile.TarInfo(path)
            entry.size, entry.mode, entry.mtime = len(content), mode, release.time
            archive.addfile(entry, io.BytesIO(content))
    return gzip.compress(bare.getvalue(), release.level, mtime=0)
