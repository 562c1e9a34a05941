variable "region" {
  type = string
}

variable "zones" {
  description = "Two availability zones."
  type        = list(string)
}

variable "nat_gateways" {
  type = number
}

variable "endpoints" {
  type = bool
}

variable "with_vpn" {
  type = bool
}

variable "ports_inside" {
  description = "Ports inside the VPC that tasks connect to, besides the database, the cache and the files."
  type        = set(string)
}

variable "log_days" {
  type = number
}

variable "key_arn" {
  type = string
}
