variable "region" {
  type    = string
  default = "us-east-1"
}

variable "number" {
  description = "The pull request's."
  type        = number
  validation {
    condition     = var.number > 0 && var.number < 49999 && floor(var.number) == var.number
    error_message = "A load balancer has 50,000 places for rules."
  }
}

variable "image" {
  description = "With its digest."
  type        = string
}

variable "app_version" {
  type = string
}

# Docker's own images as Amazon mirrors them: no limit on how often, and nothing to log in to.
variable "postgres_image" {
  type    = string
  default = "public.ecr.aws/docker/library/postgres:15"
}

variable "redis_image" {
  type    = string
  default = "public.ecr.aws/docker/library/redis:7"
}
