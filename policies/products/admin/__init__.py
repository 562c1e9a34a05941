"""Products in the workbench: their pages, two versions side by side, and the editing and publishing of a draft."""

from policies.products.admin.parts import CoverageAdmin, RatingFactorAdmin
from policies.products.admin.product import ProductAdmin
from policies.products.admin.version import ProductVersionAdmin
from vanguard.workbench.contributions import NavItem
from vanguard.workbench.site import workbench

__all__ = ["CoverageAdmin", "ProductAdmin", "ProductVersionAdmin", "RatingFactorAdmin"]

workbench().add_navigation(NavItem("Products", "admin:products_product_changelist", "book", order=48, permission="products.view_product"))
