"""AWS's interfaces on loopback, run by .venv-delivery: `python moto_server.py PORT`.

What Terraform's provider asks for and moto lacks is added here.
"""

import inspect
import sys
from typing import Any

from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse
from moto.core.responses import EmptyResult
from moto.efs.responses import EFSResponse
from moto.elasticache.models import CacheCluster, ElastiCacheBackend
from moto.elasticache.responses import ElastiCacheResponse
from moto.rds.models import DBInstance, RDSBackend
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


def gone(self: Any, replication_group_id: str, *arguments: Any, **options: Any) -> Any:
    """At AWS a group that is being deleted is gone after a while, with its members; moto's would stay for ever."""
    answer = delete_group(self, replication_group_id, *arguments, **options)
    self.cache_clusters.clear()
    del self.replication_groups[replication_group_id]
    return answer


def delete_cache_subnet_group(self: ElastiCacheResponse) -> EmptyResult:
    del self.elasticache_backend.cache_subnet_groups[self._get_param("CacheSubnetGroupName")]
    return EmptyResult()


def delete_file_system_policy(self: EFSResponse) -> tuple[int, dict[str, str], str]:
    self.efs_backend.file_systems_by_id[self._get_param("FileSystemId")].file_system_policy = None
    return 200, {"Content-Type": "application/json"}, ""


def create_replica(self: RDSBackend, settings: dict[str, Any]) -> DBInstance:
    """moto's is a copy of its primary, with the same id, by which Terraform would find two."""
    made = copy_of_primary(self, settings)
    made.dbi_resource_id = f"{made.dbi_resource_id[:-7]}REPLICA"
    return made


copy_of_primary = RDSBackend.create_db_instance_read_replica
RDSBackend.create_db_instance_read_replica = create_replica
delete_group = ElastiCacheBackend.delete_replication_group
ElastiCacheBackend.describe_cache_clusters = with_members_of_groups
ElastiCacheBackend.delete_replication_group = gone
ElastiCacheResponse.delete_cache_subnet_group = delete_cache_subnet_group
EFSResponse.delete_file_system_policy = delete_file_system_policy
sys.argv = ["moto_server", "-H", "127.0.0.1", "-p", sys.argv[1]]
main()
