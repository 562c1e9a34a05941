"""AWS's interfaces on loopback, run by .venv-delivery: `python moto_server.py PORT`.

What Terraform's provider asks for and moto lacks is added here.
"""

import inspect
import sys
from typing import Any

from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse
from moto.elasticache.models import CacheCluster, ElastiCacheBackend
from moto.server import main

# Asked for after each scaling target.
ApplicationAutoScalingResponse.list_tags_for_resource = lambda self: '{"Tags": {}}'

known_clusters = ElastiCacheBackend.describe_cache_clusters


def with_members_of_groups(self: Any, cache_cluster_id: str | None = None) -> list[CacheCluster]:
    """A replication group's nodes are clusters of their own, `GROUP-001`; moto knows the group only."""
    group = (cache_cluster_id or "").rpartition("-")[0]
    if cache_cluster_id in self.cache_clusters or group not in self.replication_groups:
        return list(known_clusters(self, cache_cluster_id))
    values: dict[str, Any] = dict.fromkeys(list(inspect.signature(ElastiCacheBackend.create_cache_cluster).parameters)[1:])
    said = {"cache_cluster_id": cache_cluster_id, "replication_group_id": group, "cache_node_type": "cache.t4g.micro"}
    self.create_cache_cluster(**(values | said | {"engine": "redis", "engine_version": "7.1", "num_cache_nodes": 1, "tags": []}))
    return list(known_clusters(self, cache_cluster_id))


def _gone(self: Any, *arguments: Any, **options: Any) -> Any:
    answer = delete_group(self, *arguments, **options)
    self.cache_clusters.clear()
    return answer


delete_group = ElastiCacheBackend.delete_replication_group
ElastiCacheBackend.describe_cache_clusters = with_members_of_groups
ElastiCacheBackend.delete_replication_group = _gone
sys.argv = ["moto_server", "-H", "127.0.0.1", "-p", sys.argv[1]]
main()
