"""What several tests use."""

from fake_kernel_org import server, signers  # noqa: F401
from tiny_kernel import tarball, tree, truncated  # noqa: F401
