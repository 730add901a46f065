"""JSON and YAML files read strictly: a fault is told with its place in the file.

It knows no harness and no meaning of a key.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "json_files": [
            "as_count", "as_list", "as_number", "as_object", "as_text", "head_of", "key_path",
            "parse_json", "read_bytes", "read_json", "read_json_lines",
        ],
        "yaml_files": ["read_yaml"],
    },
)  # fmt: skip
