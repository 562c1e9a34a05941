variable "vpc_id" {
  type = string
}

variable "subnets" {
  type = list(string)
}

variable "group" {
  type = string
}

variable "domain" {
  type = string
}

variable "zone_id" {
  type = string
}

variable "wildcard" {
  description = "Names under the domain are served instead of the domain itself: previews."
  type        = bool
}

variable "protected" {
  type = bool
}

variable "log_days" {
  type = number
}

variable "key_arn" {
  type = string
}
