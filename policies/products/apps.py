from django.apps import AppConfig


class ProductsConfig(AppConfig):
    """What can be bought: products and their versions."""

    name = "policies.products"
    label = "products"

    def ready(self) -> None:
        from auditlog.registry import auditlog

        from policies.products import seeding  # noqa: F401  # subscribes on import
        from vanguard import confinement

        for model in self.get_models():
            confinement.shared(model)
        for name in ("Product", "ProductVersion", "Coverage", "ProductClause", "RatingFactor"):
            auditlog.register(self.get_model(name), exclude_fields=["updated_at", "version"])
        auditlog.register(self.get_model("FactorValue"))
