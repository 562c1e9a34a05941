"""Static files of a deployed environment: named by their contents, compressed once, and the same in every build."""

from servestatic.storage import CompressedManifestStaticFilesStorage


class RepeatableStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """The manifest says which names there are and nothing about the file system that it was made on.

    ServeStatic would write each file's time, inode and owner into it: a second build from the same sources had another layer, and
    the server believed what a copy of the files had long made untrue. Without them it asks the files themselves, once, at its start.
    """

    def add_stats_to_manifest(self) -> None:
        """Leaves the manifest as Django wrote it: sorted, and told by the sources alone."""
